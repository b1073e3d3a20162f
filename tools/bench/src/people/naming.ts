import type { Browser } from 'playwright-core'
import { MadeFaces } from '../faces/made-gallery.ts'
import type { Field } from '../pipeline/field.ts'
import { openPage } from './browser.ts'
import { addGroups, storeFaces } from './rows.ts'

/** Milliseconds from naming a face until an open page says the name on all its photos and every photo of the group has it, once for each round. */
export async function measureNaming(
  { field, browser, engine }: { field: Field; browser: Browser; engine: string },
  { rounds, photos }: { rounds: number; photos: number },
): Promise<number[]> {
  const { database } = field
  const url = `http://127.0.0.1:${field.system.port('frontend')}`
  const made = new MadeFaces(3)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const [group = ''] = await addGroups(database, 1)
    const first = await storeFaces(database, {
      path: (n) => `named/${round}-${n}.jpg`,
      count: photos,
      descriptor: (n) => made.descriptor(round, n),
      engine,
      group: () => group,
    })
    const [face] = await database.rows<{ id: string }>('SELECT id FROM faces WHERE image_id = ?', [first])
    await using page = await openPage(browser)
    await page.goto(url)
    const name = `Person ${round}`
    const begun = performance.now()
    const answer = await fetch(`${url}/v1/images/${first}/faces/${face?.id}/person`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    if (!answer.ok) throw new Error(`Naming failed: ${await answer.text()}`)
    const shown = Math.min(photos, 48)
    await page.waitForFunction(
      `[...document.querySelectorAll('#grid h2')].filter(({ textContent }) => textContent === ${JSON.stringify(name)}).length >= ${shown}`,
    )
    const [row] = await database.rows<{ photos: string }>(
      'SELECT COUNT(*) AS photos FROM images JOIN person ON person.id = images.person WHERE person.name = ?',
      [name],
    )
    if (Number(row?.photos) !== photos) throw new Error(`${row?.photos} of ${photos} photos have the name.`)
    times.push(performance.now() - begun)
  }
  return times
}
