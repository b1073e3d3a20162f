import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { escapeXml, parseXml } from '../src/index.ts'

test('reads what a client writes: elements, empty ones, numbers, text with entities', () => {
  const root = parseXml(`<?xml version="1.0"?>
<!-- of a client -->
<reply>
<name>A &amp; B &#228;&#x20AC;</name>
<idle/>
<busy>1</busy>
<off>0</off>
<msg a="1"><body><![CDATA[ <b>bold</b> ]]></body></msg>
<msg><body>two</body></msg>
</reply>`)
  assert.equal(root.textOf('name'), 'A & B ä€')
  assert.deepEqual([root.has('idle'), root.has('busy'), root.has('off'), root.has('none')], [true, true, false, false])
  assert.deepEqual([root.numberOf('busy'), root.numberOf('name'), root.numberOf('none')], [1, 0, 0])
  assert.deepEqual(
    root.all('msg').map((message) => message.textOf('body')),
    ['<b>bold</b>', 'two'],
  )
})

test('a text that was escaped is read as it was', () => {
  const text = '<a>&b&amp;"\' ü'
  assert.equal(parseXml(`<t>${escapeXml(text)}</t>`).text, text)
})

describe('refuses what is no element', () => {
  for (const [what, text] of Object.entries({
    'half a text': '<a><b>1</b>',
    'elements that cross': '<a><b></a></b>',
    'two roots': '<a/><b/>',
    nothing: ' ',
    'words only': 'unauthorized',
    'a bracket alone': '<a>1 < 2</a>',
    'what is nested without end': '<a>'.repeat(10_000),
  }))
    test(what, () => assert.throws(() => parseXml(text), { name: 'XmlError' }))
})

test('an entity that is none stays as it is', () => {
  assert.equal(parseXml('<a>&nbsp; &#9999999; &</a>').text, '&nbsp; &#9999999; &')
})
