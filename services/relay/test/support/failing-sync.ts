import { open } from 'node:fs/promises'

// Loaded before the relay: from SIGUSR2 on, fdatasync fails as it does on a broken disk.
const file = await open('/dev/null')
const prototype = Object.getPrototypeOf(file) as typeof file
await file.close()
process.on('SIGUSR2', () => {
  prototype.datasync = async () => {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' })
  }
  console.log('fdatasync fails')
})
