// Starts the server: in this process, or in several by Node's cluster.
import cluster from 'node:cluster'
import { parseArgs } from 'node:util'
import { createApp } from './app.js'
import { Model } from './model.js'

// How long an unfinished request holds up SIGTERM.
const GRACE_MS = 1000

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8000' },
    workers: { type: 'string', default: '1' },
    model: { type: 'string', default: 'model' }
  }
})
const workers = Number(options.workers)
if (workers > 1 && cluster.isPrimary) {
  lead(workers)
} else {
  await serve()
}

// Starts the workers and ends with them; one that dies ends all.
function lead (count) {
  let isEnding = false
  const end = () => {
    isEnding = true
    Object.values(cluster.workers).forEach((worker) => worker.process.kill('SIGTERM'))
  }
  cluster.on('exit', () => {
    if (!isEnding) {
      process.exitCode = 1
      end()
    }
  })
  process.on('SIGTERM', end)
  for (let started = 0; started < count; started += 1) {
    cluster.fork()
  }
}

async function serve () {
  const app = createApp(new Model(options.model))
  try {
    await app.listen({ host: options.host, port: Number(options.port) })
  } catch (error) {
    console.error(`cannot listen on ${options.host}:${options.port}: ${error.code}; choose another with --port`)
    process.exit(1)
  }
  process.on('SIGTERM', async () => {
    setTimeout(() => process.exit(0), GRACE_MS)
    await app.close()
    process.exit(0)
  })
}
