import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseProjects } from '../src/projects-file.ts'

test('a line is a URL and a key; the URL gets the slash that the client gives it', () => {
  const text = `# science
https://milkyway.cs.rpi.edu/milkyway   0123456789abcdef

\thttp://Science.example//  weak_key_1\r
`
  assert.deepEqual(parseProjects(text), {
    accounts: [
      { url: 'https://milkyway.cs.rpi.edu/milkyway/', key: '0123456789abcdef' },
      { url: 'http://science.example/', key: 'weak_key_1' },
    ],
    manager: undefined,
  })
})

test('an account manager stands in place of projects', () => {
  assert.deepEqual(parseProjects('# whom it wants\naccount-manager https://Manager.example Somebody secret\n'), {
    accounts: [],
    manager: { url: 'https://manager.example/', name: 'Somebody', password: 'secret' },
  })
})

describe('a fault is told with its line and without the key', () => {
  const KEY = 'secretsecret'
  for (const [fault, text] of Object.entries({
    'Line 1 of the file of projects: it begins with no URL of http or https.': `ftp://a.example ${KEY}`,
    'Line 2 of the file of projects: it has no key.': `\nhttps://a.example`,
    'Line 2 of the file of projects: its project is there twice.': `https://a.example ${KEY}\nhttps://a.example/ ${KEY}`,
    'Line 1 of the file of projects: its account manager has no URL of http or https.': `account-manager ${KEY} name ${KEY}`,
    'Line 1 of the file of projects: an account manager has a URL, a name and a password, which have no spaces.': `account-manager https://a.example ${KEY}`,
    'Line 2 of the file of projects: an account manager stands alone: it says which projects there are.': `https://a.example ${KEY}\naccount-manager https://a.example name ${KEY}`,
    'Line 3 of the file of projects: an account manager stands alone: it says which projects there are.': `\naccount-manager https://a.example name ${KEY}\nhttps://a.example ${KEY}`,
    'Line 1 of the file of projects: it has more than a URL and a key; shares are set on the page of the project.': `https://a.example ${KEY} 50`,
  }))
    test(fault, () => assert.throws(() => parseProjects(text), { name: 'ProjectsFileError', message: fault }))

  test('a key in the URL is none', () => {
    assert.throws(
      () => parseProjects(`https://user:${KEY}@a.example ${KEY}`),
      ({ message }) => !message.includes(KEY),
    )
  })
})
