import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { CODECS } from '../src/cmaf/codecs.ts'
import { ConfigurationError } from '../src/cmaf/configuration-error.ts'
import { initSegment } from '../src/cmaf/init-segment.ts'
import { snapshot } from '../src/cmaf/snapshot.ts'
import type { TrackFormat } from '../src/cmaf/track-format.ts'
import { FlvReader } from '../src/flv/flv-reader.ts'
import { readMediaHeader } from '../src/hub/media.ts'
import { run } from './support/ffmpeg.ts'
import { fixture, Packaged } from './support/packaged.ts'
import { AVC_RECORD } from './support/programme.ts'

const folder = mkdtempSync(join(tmpdir(), 'livepods-configurations-'))
after(() => rmSync(folder, { recursive: true }))

const read = (codec: string, configuration: Buffer, keyFrame: Buffer = Buffer.alloc(0)): TrackFormat => {
  const known = CODECS.get(codec)
  assert.ok(known)
  return known.read(configuration, keyFrame)
}

/** Bytes of these fields, each a value and its number of bits. */
function bits(...fields: [value: number, count: number][]): Buffer {
  const text = fields.map(([value, count]) => value.toString(2).padStart(count, '0')).join('')
  const bytes = text.match(/.{1,8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)))
}

describe('AAC', () => {
  const GA: [number, number] = [0, 3]
  const CASES: [
    title: string,
    configuration: Buffer,
    codec: string,
    timescale: number,
    sampleRate: number,
    channels: number,
    samples: number,
  ][] = [
    ['LC', bits([2, 5], [4, 4], [2, 4], GA), 'mp4a.40.2', 44_100, 44_100, 2, 1024],
    ['LC of 7.1 channels', bits([2, 5], [3, 4], [7, 4], GA), 'mp4a.40.2', 48_000, 48_000, 8, 1024],
    ['LC in frames of 960', bits([2, 5], [3, 4], [2, 4], [4, 3]), 'mp4a.40.2', 48_000, 48_000, 2, 960],
    ['HE-AAC, said explicitly', bits([5, 5], [7, 4], [2, 4], [4, 4], [2, 5], GA), 'mp4a.40.5', 22_050, 44_100, 2, 1024],
    [
      'HE-AAC v2, said explicitly',
      bits([29, 5], [6, 4], [1, 4], [3, 4], [2, 5], GA),
      'mp4a.40.29',
      24_000,
      48_000,
      1,
      1024,
    ],
    [
      'a rate that is in no table',
      bits([2, 5], [15, 4], [37_800, 24], [2, 4], GA),
      'mp4a.40.2',
      37_800,
      37_800,
      2,
      1024,
    ],
    ['a rate that does not fit into 16 bits', bits([2, 5], [0, 4], [2, 4], GA), 'mp4a.40.2', 96_000, 96_000, 2, 1024],
    ['low delay', bits([23, 5], [3, 4], [2, 4], GA), 'mp4a.40.23', 48_000, 48_000, 2, 512],
    [
      'enhanced low delay, a type of more than five bits',
      bits([31, 5], [7, 6], [3, 4], [1, 4], [1, 1]),
      'mp4a.40.39',
      48_000,
      48_000,
      1,
      480,
    ],
    [
      'channels of a program_config_element: a pair and one in front, a pair behind, low frequencies',
      bits(
        [2, 5],
        [3, 4],
        [0, 4],
        GA,
        [0, 10],
        [2, 4],
        [0, 4],
        [1, 4],
        [1, 2],
        [0, 7],
        [0, 3],
        [1, 1],
        [0, 4],
        [0, 1],
        [1, 4],
        [1, 1],
        [2, 4],
      ),
      'mp4a.40.2',
      48_000,
      48_000,
      6,
      1024,
    ],
  ]
  for (const [title, configuration, codec, timescale, sampleRate, channels, samples] of CASES)
    test(title, () => {
      const format = read('mp4a', configuration)
      assert.deepEqual(format.description, { kind: 'audio', codec, timescale, sampleRate, channels })
      assert.equal(format.durationOf(Buffer.alloc(1)), samples)
    })
})

describe('Opus', () => {
  const header = (channels: number, family: number, ...table: number[]) =>
    Buffer.concat([
      Buffer.from('OpusHead'),
      Buffer.of(1, channels, 0x38, 0x01, 0x44, 0xac, 0, 0, 0xfe, 0xff, family, ...table),
    ])

  test('has its header with the highest byte first', () => {
    const { sampleEntry, description } = read('Opus', header(2, 0))
    assert.equal(description.timescale, 48_000)
    const dOps = sampleEntry.subarray(sampleEntry.indexOf('dOps') + 4)
    assert.equal(dOps.toString('hex'), '00' + '02' + '0138' + '0000ac44' + 'fffe' + '00')
  })

  test('of more channels has their table', () => {
    const { sampleEntry } = read('Opus', header(6, 1, 4, 2, 0, 4, 1, 2, 3, 5))
    assert.equal(sampleEntry.subarray(-9).toString('hex'), '01' + '0402' + '000401020305')
    assert.throws(() => read('Opus', header(6, 1, 4, 2, 0)), ConfigurationError)
  })

  test('says in its packets how long they are', () => {
    const { durationOf } = read('Opus', header(1, 0))
    const packets: [toc: number[], samples: number][] = [
      [[0x00], 480],
      [[0x19], 2 * 2880],
      [[0x68], 960],
      [[0x82], 2 * 120],
      [[0xfb, 0x03], 3 * 960],
      [[0xfc], 960],
    ]
    for (const [toc, samples] of packets) assert.equal(durationOf(Buffer.from(toc)), samples, `${toc}`)
  })
})

test('FLAC says in its frames how long they are', () => {
  const streamInfo = Buffer.alloc(34)
  streamInfo.writeUInt16BE(4608, 2)
  bits([44_100, 20], [1, 3], [15, 5]).copy(streamInfo, 10)
  for (const configuration of [streamInfo, Buffer.concat([Buffer.from('fLaC\x80\0\0\x22', 'latin1'), streamInfo])]) {
    const { durationOf, description } = read('fLaC', configuration)
    assert.deepEqual([description.timescale, description.channels], [44_100, 2])
    const frame = (code: number, ...rest: number[]) => Buffer.of(0xff, 0xf8, code << 4, 0, ...rest)
    assert.equal(durationOf(frame(1, 0)), 192)
    assert.equal(durationOf(frame(5, 0)), 4608)
    assert.equal(durationOf(frame(12, 0)), 4096)
    assert.equal(durationOf(frame(6, 0x7f, 99, 0)), 100)
    assert.equal(durationOf(frame(7, 0xe1, 0x80, 0x80, 0x0f, 0xff)), 4096)
    assert.equal(durationOf(frame(0, 0)), 4608)
  }
})

describe('pictures', () => {
  /** Their first configuration record, as an encoder makes it. */
  const encoded = async (...options: string[]) => {
    const file = join(folder, 'encoded.flv')
    await run('-y', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-frames:v', '2', ...options, file)
    for (const message of new FlvReader().read(await readFile(file))) {
      const { media, isRecord, bodyAt } = readMediaHeader(message)
      if (media.kind === 'video' && isRecord) return message.payload.subarray(bodyAt)
    }
    throw new Error('ffmpeg sent no configuration.')
  }
  const sizeOf = ({ description: { width, height }, shown }: TrackFormat) => [width, height, shown.width, shown.height]

  const SIZES: [title: string, options: string[], size: number[]][] = [
    ['that are cropped', ['-vf', 'scale=322:182,setsar=1'], [322, 182, 322, 182]],
    ['whose pixels are not square', ['-vf', 'scale=720:576,setsar=16/11'], [720, 576, 1047, 576]],
    ['whose pixels have a shape of their own', ['-vf', 'setsar=5/7'], [320, 180, 229, 180]],
    ['in fields', ['-flags', '+ildct+ilme', '-vf', 'scale=320:200,setsar=1'], [320, 200, 320, 200]],
    [
      'with all colours',
      ['-vf', 'scale=161:91,setsar=1', '-pix_fmt', 'yuv444p', '-profile:v', 'high444'],
      [161, 91, 161, 91],
    ],
    ['of the baseline', ['-profile:v', 'baseline', '-pix_fmt', 'yuv420p'], [320, 180, 320, 180]],
    ['with scaling lists', ['-x264-params', 'cqm=jvt'], [320, 180, 320, 180]],
  ]
  for (const [title, options, size] of SIZES)
    test(`of H.264 ${title} have the size that they are shown with`, async () => {
      const record = await encoded('-c:v', 'libx264', ...options)
      assert.deepEqual(sizeOf(read('avc1', record)), size)
    })

  for (const [name, codec] of [
    ['hevc-opus', 'hvc1'],
    ['av1-flac', 'av01'],
    ['vp9-ac3', 'vp09'],
  ] as const)
    test(`of ${codec} have their size`, async () => {
      const { record, keyFrame } = await videoOf(name)
      assert.deepEqual(sizeOf(read(codec, record, keyFrame)), [160, 90, 160, 90])
    })

  test('of AV1 may have their sequence header in the key frame only', async () => {
    const { record, keyFrame } = await videoOf('av1-flac')
    assert.deepEqual(sizeOf(read('av01', record.subarray(0, 4), keyFrame)), [160, 90, 160, 90])
    assert.throws(() => read('av01', record.subarray(0, 4)), ConfigurationError)
  })

  test('of VP9 are the same with a record and with the content of its box', async () => {
    const { record, keyFrame } = await videoOf('vp9-ac3')
    assert.deepEqual(read('vp09', record.subarray(4), keyFrame).sampleEntry, read('vp09', record, keyFrame).sampleEntry)
  })
})

test('an init segment is named by what is in it', () => {
  const format = read('avc1', AVC_RECORD)
  const { name, bytes } = initSegment(format, 0)
  assert.match(name, /^video-[0-9a-f]{16}\.mp4$/)
  assert.deepEqual(initSegment(read('avc1', Buffer.from(AVC_RECORD)), 0), { name, bytes })
  assert.notEqual(initSegment(format, 7200).name, name)
})

for (const name of ['avc-aac', 'hevc-opus', 'av1-flac', 'vp9-ac3'])
  test(`a snapshot of ${name} is a file of the newest key frame`, async () => {
    const packaged = new Packaged()
    assert.equal(snapshot(packaged.presentation), undefined)
    packaged
      .publish()
      .send(await fixture(name))
      .leave()
    const file = join(folder, `${name}.mp4`)
    await writeFile(file, Buffer.concat(snapshot(packaged.presentation) ?? []))
    const frames = await run('-xerror', '-i', file, '-f', 'framemd5', '-')
    const rows = frames.split('\n').filter((line) => /^\d/.test(line))
    assert.equal(rows.length, 1)
    assert.match(rows[0] as string, /^0, +0, +0,/)
  })

test('no configuration record, however broken, does anything but be refused', async () => {
  const random = generator(17)
  const records = [
    ...(await everyRecord()),
    ...[...CODECS.keys()].map((codec) => ({ codec, record: Buffer.alloc(60), keyFrame: Buffer.alloc(0) })),
  ]
  let refused = 0
  for (let round = 0; round < 20_000; round++) {
    const { codec, record, keyFrame } = records[round % records.length] as (typeof records)[number]
    const broken = mutate(record, random)
    try {
      const format = read(codec, broken, random() < 0.5 ? keyFrame : mutate(keyFrame, random))
      initSegment(format, 0)
      format.durationOf(mutate(keyFrame, random))
      format.sampleOf(mutate(keyFrame, random))
    } catch (error) {
      if (!(error instanceof ConfigurationError))
        throw new Error(`${codec} ${broken.toString('hex')}`, { cause: error })
      refused++
    }
  }
  assert.ok(refused > 2000 && refused < 18_000, `${refused} refused`)
})

test('no message, however broken, does anything to a packager', async () => {
  const random = generator(4)
  const names = ['avc-aac', 'hevc-opus', 'av1-flac', 'vp9-ac3', 'multitrack']
  const fixtures = await Promise.all(names.map((name) => fixture(name)))
  let segments = 0
  for (let round = 0; round < 200; round++) {
    const packaged = new Packaged().publish()
    const messages = fixtures[round % fixtures.length] as Awaited<ReturnType<typeof fixture>>
    packaged.send(
      messages.map((message) => ({
        ...message,
        timestamp: random() < 0.02 ? Math.floor(random() * 2 ** 32) : message.timestamp,
        payload: random() < 0.05 ? mutate(message.payload, random) : message.payload,
      })),
    )
    packaged.leave()
    for (const { window } of packaged.presentation.tracks.values()) {
      segments += window.segments.length
      for (const [index, { number, isClosed }] of window.segments.entries()) {
        assert.ok(isClosed)
        assert.equal(number, (window.segments[0]?.number as number) + index)
      }
    }
  }
  assert.ok(segments > 200)
})

async function videoOf(name: string): Promise<{ record: Buffer; keyFrame: Buffer }> {
  const headers = (await fixture(name)).map((message) => ({ message, ...readMediaHeader(message) }))
  const body = (role: string) => {
    const found = headers.find(
      ({ media, isRecord, bodyAt, bodyEnd }) =>
        media.kind === 'video' && media.role === role && (role === 'key' || isRecord) && bodyEnd > bodyAt,
    )
    assert.ok(found)
    return found.message.payload.subarray(found.bodyAt, found.bodyEnd)
  }
  return { record: body('config'), keyFrame: body('key') }
}

async function everyRecord(): Promise<{ codec: string; record: Buffer; keyFrame: Buffer }[]> {
  const records = []
  for (const name of ['avc-aac', 'hevc-opus', 'av1-flac', 'vp9-ac3']) {
    const { keyFrame } = await videoOf(name)
    for (const message of await fixture(name)) {
      const { media, isRecord, bodyAt } = readMediaHeader(message)
      const { codec = '' } = media
      if (isRecord && CODECS.has(codec)) records.push({ codec, record: message.payload.subarray(bodyAt), keyFrame })
    }
  }
  return records
}

/** Numbers from 0 to 1, the same each time. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 16_807) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Some bytes of it changed, and perhaps its end cut off. */
function mutate(bytes: Buffer, random: () => number): Buffer {
  const changed = Buffer.from(bytes)
  for (let count = Math.floor(random() * 4); count > 0 && changed.length > 0; count--)
    changed[Math.floor(random() * Math.min(changed.length, 80))] = Math.floor(random() * 256)
  return random() < 0.3 ? changed.subarray(0, Math.floor(random() * changed.length)) : changed
}
