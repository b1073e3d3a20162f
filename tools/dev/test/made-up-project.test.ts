import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { declarationsIn } from '@livepods/system'
import { choose } from '../src/choice.ts'
import { MadeUpProject } from '../src/made-up-project.ts'

test('boinc gets a project, unless a person names one', async () => {
  const declarations = await declarationsIn()
  const isNeeded = (chosen: string[], environment = {}) =>
    MadeUpProject.isNeeded(choose({ with: chosen }, declarations), environment)
  assert.equal(isNeeded(['compute']), true)
  assert.equal(isNeeded([]), false)
  assert.equal(isNeeded(['compute'], { BOINC_PROJECTS_FILE: '/projects' }), false)
})

test('it is the same project after a restart: a client goes on with it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-made-up-'))
  try {
    const answers: string[] = []
    for (let start = 0; start < 2; start++) {
      const project = new MadeUpProject(directory)
      await using running = await project.start(() => {})
      const [url = '', key] = (await readFile(`${project.environment.BOINC_PROJECTS_FILE}`, 'utf8')).trim().split(' ')
      assert.equal(url, running.url)
      const request = `<scheduler_request><authenticator>${key}</authenticator><hostid>1</hostid></scheduler_request>`
      const response = await fetch(new URL('/scheduler', url), { method: 'POST', body: request })
      const [signKey] = /<code_sign_key>[^<]+/.exec(await response.text()) ?? []
      answers.push(`${url} ${key} ${signKey}`)
    }
    assert.equal(answers[0], answers[1])
    assert.match(`${answers[0]}`, /<code_sign_key>/)
  } finally {
    await rm(directory, { recursive: true })
  }
})
