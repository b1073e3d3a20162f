import { openPage } from '../browser.ts'
import { MadeFaces } from '../faces/made-gallery.ts'
import { type Bench, planOf } from '../suite.ts'
import { addGroups, storeFaces } from './rows.ts'
import { measureTimes, type Setup, type Waits } from './waits.ts'

const PLANS = { full: { rounds: 5, photos: 1000 }, quick: { rounds: 1, photos: 200 }, tiny: { rounds: 1, photos: 5 } }

/** From naming a face until an open page says the name on all its photos and every photo of the group has it. */
export async function naming({ field, browser, engine }: Setup, bench: Bench): Promise<Waits> {
  const { rounds, photos } = planOf(bench, PLANS)
  const { database } = field
  const made = new MadeFaces(3)
  let named = 0
  const times = await measureTimes(bench, { title: 'naming', rounds, warmUp: 0 }, async () => {
    const person = named++
    const name = `Person ${person}`
    const [group = ''] = await addGroups(database, 1)
    const first = await storeFaces(database, {
      path: (n) => `named/${person}-${n}.jpg`,
      count: photos,
      descriptor: (n) => made.descriptor(person, n),
      engine,
      group: () => group,
    })
    const [face] = await database.rows<{ id: string }>('SELECT id FROM faces WHERE image_id = ?', [first])
    await using page = await openPage(browser)
    await page.goto(field.url('frontend'))
    const begun = performance.now()
    const answer = await fetch(`${field.url('frontend')}/v1/images/${first}/faces/${face?.id}/person`, {
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
    return performance.now() - begun
  })
  const name = `a face named → ${photos.toLocaleString('en')} photos of its group say so, and the open page`
  return { waits: [{ name, times, atMostMs: 3000 }], data: { naming: times } }
}
