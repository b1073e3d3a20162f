import assert from 'node:assert/strict'
import { test } from 'node:test'
import { personOf } from '../../src/gallery/known-person.ts'

const table: [imageName: string, person: string][] = [
  ['hannibal_1.jpg', 'hannibal'],
  ['hannibal_2.jpg', 'hannibal'],
  ['gergely_01.jpg', 'gergely'],
  ['john_doe_1.jpg', 'john_doe'],
  ['skarlso.png', 'skarlso'],
  ['anna-2.jpg', 'anna'],
  ['anna 3.jpg', 'anna'],
  ['anna4.JPEG', 'anna'],
  ['Family1-Dad1.jpg', 'Family1-Dad'],
  ['Anna.jpg', 'Anna'],
  ['agent_47_2.jpg', 'agent_47'],
  ['dr.house.2.jpg', 'dr.house'],
  ['Zoë_1.jpg', 'Zoë'],
  ['李雷1.jpg', '李雷'],
  ['anna (5).jpg', 'anna'],
  ['anna_2 (5).jpg', 'anna'],
  ['anna - Copy.jpg', 'anna'],
  ['anna - Copy (2).jpg', 'anna'],
  ['anna_1 - Kopie.jpg', 'anna'],
  ['anna 2024-01-31.jpg', 'anna'],
  ['anna_20240131_120000.jpg', 'anna'],
  ['anna 2024-01-31 12.00.05.jpg', 'anna'],
  ['anna_19991231(2).jpg', 'anna'],
  ['Imgard_1.jpg', 'Imgard'],
  ['Scanlon2.jpg', 'Scanlon'],
  // A sub-folder is the person, whatever the file is called and however deep it lies.
  ['anna/1.jpg', 'anna'],
  ['anna/IMG_0001.jpg', 'anna'],
  ['anna_2/x.jpg', 'anna_2'],
  ['anna/2024/summer/bob_1.jpg', 'anna'],
  ['007/x.jpg', '007'],
  // Spellings of one name are one person.
  ['Jose\u0301/1.jpg', 'Jos\u00e9'],
  ['Jos\u00e9/2.jpg', 'Jos\u00e9'],
  ['Jose\u0301_1.jpg', 'Jos\u00e9'],
  ['anna /1.jpg', 'anna'],
  ['anna\u00a0/1.jpg', 'anna'],
  [' /1.jpg', ' '],
  // Nothing or only a camera's name is left: the whole stem.
  ['1.jpg', '1'],
  ['0001.jpg', '0001'],
  ['_1.jpg', '_1'],
  ['20240101_120000.jpg', '20240101_120000'],
  ['IMG_1234.jpg', 'IMG_1234'],
  ['img1.jpg', 'img1'],
  ['DSC_0042.JPG', 'DSC_0042'],
  ['DSCN0042.JPG', 'DSCN0042'],
  ['PXL_20230101_123456789.jpg', 'PXL_20230101_123456789'],
  ['image3.png', 'image3'],
  ['photo-7.png', 'photo-7'],
  ['IMG-20230101-WA0001.jpg', 'IMG-20230101-WA0001'],
  ['Screenshot 12.png', 'Screenshot 12'],
  ['WhatsApp Image 2023-01-01 at 12.jpg', 'WhatsApp Image 2023-01-01 at 12'],
  ['Screenshot from 2023-01-01 12-00-00.png', 'Screenshot from 2023-01-01 12-00-00'],
]
for (const [imageName, person] of table) {
  test(`${imageName} shows ${person}`, () => assert.equal(personOf(imageName), person))
}

test('a list of cameras alone cannot tell two pictures of one apart', () => {
  assert.equal(personOf('P1000001.jpg'), personOf('P1000002.jpg'))
})

test('two pictures of one camera are two people', () => {
  assert.notEqual(personOf('IMG_1234.jpg'), personOf('IMG_1235.jpg'))
})
