import assert from 'node:assert/strict'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findProgram, freePort } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { blackHole } from './support/black-hole.ts'
import { RtmpReceiver } from './support/rtmp-receiver.ts'
import { colorbar, encoderOf, encodersEnd, encodersOf, metric, says } from './support/running.ts'

const READY_MS = 120_000

/** A folder for PATH in which of all programs there is only ffmpeg, once `install` was called. */
async function onlyFfmpeg() {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-path-'))
  return {
    folder,
    install: () => symlink(findProgram(['ffmpeg']) as string, join(folder, 'ffmpeg')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

describe('colorbar', { concurrency: 3 }, () => {
  test('is ready when frames move, counts them, and ends ffmpeg when it is told to stop', async () => {
    await using receiver = new RtmpReceiver(await freePort())
    await using service = await colorbar([receiver.url])
    await service.ready(READY_MS)
    assert.ok((await metric(service, 'livepods_colorbar_frames_total{target="1"}')) > 0)
    assert.ok((await metric(service, 'livepods_colorbar_bytes_total{target="1"}')) > 0)
    assert.equal(encodersOf(receiver.url).length, 1)
    assert.equal(await service.stop(), 0)
    assert.deepEqual(encodersOf(receiver.url), [])
  })

  test('waits for a target that is not there yet', async () => {
    const port = await freePort()
    await using service = await colorbar([`rtmp://127.0.0.1:${port}`])
    await says(service, ({ faults }) => /^rtmp:.*\/live: .*Connection refused$/.test(faults['target 1'] ?? ''))
    await using _ = new RtmpReceiver(port)
    await service.ready(READY_MS)
    assert.match(service.output(), /"msg":"target failed; it is tried again"[\s\S]*"msg":"sending"/)
  })

  test('sends to one target while another one is down, and says which', async () => {
    const port = await freePort()
    await using receiver = new RtmpReceiver(await freePort())
    await using service = await colorbar([receiver.url, `rtmp://127.0.0.1:${port}/app/secret?token=secret`])
    await says(service, ({ faults }) => !faults['target 1'] && /refused/.test(faults['target 2'] ?? ''))
    const pid = await encoderOf(receiver.url)
    const failures = await metric(service, 'livepods_colorbar_failures_total{target="1"}')
    await eventually(async () => {
      assert.ok((await metric(service, 'livepods_colorbar_failures_total{target="2"}')) >= 3)
    })
    assert.deepEqual(encodersOf(receiver.url), [pid], 'the good target was not left alone')
    assert.equal(await metric(service, 'livepods_colorbar_failures_total{target="1"}'), failures)
    assert.doesNotMatch(service.output() + (await (await fetch(`${service.ops}/status`)).text()), /secret/)
  })

  test('gives up a target that takes nothing, and sends when it does', async () => {
    await using hole = await blackHole()
    await using service = await colorbar([`rtmp://127.0.0.1:${hole.port}/live/live`], { STALLED_SECONDS: '5' })
    await says(service, ({ faults }) => /no frame was sent for 5 s/.test(faults['target 1'] ?? ''))
    await hole.close()
    await using _ = new RtmpReceiver(hole.port)
    await service.ready(READY_MS)
  })

  test('gives a media-server its stream and our token, and tells nobody of the token', async () => {
    await using folder = await onlyFfmpeg()
    const file = join(folder.folder, 'token')
    await writeFile(file, `${'t'.repeat(24)}\n`)
    await using hole = await blackHole()
    const options = { ACCESS_TOKEN_FILE: file, STALLED_SECONDS: '2', LOG_LEVEL: 'debug' }
    await using service = await colorbar([`rtmp://127.0.0.1:${hole.port}`], options)
    await encoderOf(`rtmp://127.0.0.1:${hole.port}/live/live?token=${'t'.repeat(24)}`)
    await says(service, ({ faults }) => /no frame was sent/.test(faults['target 1'] ?? ''))
    await hole.close()
    await says(service, ({ faults }) => /refused/.test(faults['target 1'] ?? ''))
    assert.doesNotMatch(service.output() + (await (await fetch(`${service.ops}/status`)).text()), /ttt/)
  })

  for (const signal of ['SIGKILL', 'SIGSTOP'] as const)
    test(`goes on with a new ffmpeg after ${signal}`, async () => {
      await using receiver = new RtmpReceiver(await freePort())
      await using service = await colorbar([receiver.url], { STALLED_SECONDS: '5' })
      await service.ready(READY_MS)
      const pid = await encoderOf(receiver.url)
      process.kill(pid, signal)
      await says(service, ({ ready }) => !ready)
      await service.ready(READY_MS)
      assert.notEqual(await encoderOf(receiver.url), pid)
      assert.equal(encodersOf(receiver.url).length, 1)
      assert.ok((await metric(service, 'livepods_colorbar_failures_total{target="1"}')) >= 1)
    })

  test('says that ffmpeg is missing, and sends once it is installed', async () => {
    await using path = await onlyFfmpeg()
    await using receiver = new RtmpReceiver(await freePort())
    await using service = await colorbar([receiver.url], { PATH: path.folder })
    await says(service, ({ faults }) => /ffmpeg is not installed/.test(faults['target 1'] ?? ''))
    await path.install()
    await service.ready(READY_MS)
  })

  test('stops in time with an ffmpeg that is stopped and a target that takes nothing', async () => {
    const port = await freePort()
    await using receiver = new RtmpReceiver(port)
    await using hole = await blackHole()
    const swallowing = `rtmp://127.0.0.1:${hole.port}/live/live`
    await using service = await colorbar([receiver.url, swallowing], { STALLED_SECONDS: '300' })
    await says(service, ({ faults }) => !faults['target 1'])
    await encoderOf(swallowing)
    process.kill(await encoderOf(receiver.url), 'SIGSTOP')
    assert.equal(await service.stop(), 0)
    assert.deepEqual([...encodersOf(receiver.url), ...encodersOf(swallowing)], [])
  })
})

describe('kill -9 of colorbar', () => {
  test('ends an ffmpeg that sends', async () => {
    await using receiver = new RtmpReceiver(await freePort())
    await using service = await colorbar([receiver.url])
    await service.ready(READY_MS)
    assert.equal(await service.stop('SIGKILL'), 'SIGKILL')
    await encodersEnd(receiver.url)
  })

  test('ends an ffmpeg that is stopped', async () => {
    await using receiver = new RtmpReceiver(await freePort())
    await using service = await colorbar([receiver.url])
    await service.ready(READY_MS)
    process.kill(await encoderOf(receiver.url), 'SIGSTOP')
    assert.equal(await service.stop('SIGKILL'), 'SIGKILL')
    await encodersEnd(receiver.url)
  })

  test('ends ffmpeg also where there is no setpriv', async () => {
    await using path = await onlyFfmpeg()
    await path.install()
    await using receiver = new RtmpReceiver(await freePort())
    await using service = await colorbar([receiver.url], { PATH: path.folder })
    await service.ready(READY_MS)
    assert.equal(await service.stop('SIGKILL'), 'SIGKILL')
    await encodersEnd(receiver.url)
  })
})
