// Says that it runs, ignores SIGTERM when told to, and exits with EXIT_CODE when that is set.
process.on('SIGTERM', () => {
  if (!process.env.STUBBORN) process.exit(0)
})
process.on('disconnect', () => process.exit(0))
process.stdout.write('running\n')
if (process.env.EXIT_CODE) process.exit(Number(process.env.EXIT_CODE))
