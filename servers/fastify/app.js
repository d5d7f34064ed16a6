// The contract on Fastify: it reads, checks and writes JSON as it does by itself.
import { STATUS_CODES } from 'node:http'
import Fastify from 'fastify'

const BODY_LIMIT_BYTES = 1024 * 1024
const HEADER_LIMIT_BYTES = 16 * 1024
const IDLE_TIMEOUT_MS = 30_000
// The smallest number that rounds to infinity in float32, which tree models compute with.
const BEYOND_FLOAT32 = 2 ** 128 - 2 ** 103
const ALLOWED_METHODS = { '/predict': 'POST', '/echo': 'POST', '/healthz': 'GET, HEAD' }

export function createApp (model) {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    requestTimeout: IDLE_TIMEOUT_MS,
    // A request that has come while the server ends is answered.
    return503OnClosing: false,
    // The text "1" is no number.
    ajv: { customOptions: { coerceTypes: false } },
    http: { maxHeaderSize: HEADER_LIMIT_BYTES, headersTimeout: IDLE_TIMEOUT_MS }
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(answerUnrouted)
  app.post('/predict', { schema: { body: bodySchema(model) } }, async ({ body }) =>
    body.rows === undefined ? model.predict(body.features) : model.predictRows(body.rows)
  )
  app.register(async (scope) => {
    // The body as it came: what the framework costs without JSON.
    scope.removeContentTypeParser('application/json')
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => done(null, body))
    scope.post('/echo', async ({ body }, reply) => reply.type('application/json').send(body))
  })
  app.get('/healthz', async () => ({
    status: 'ok',
    model_hash: model.hash,
    server: 'fastify',
    version: app.version,
    inference: 'compiled'
  }))
  return app
}

function bodySchema ({ featureCount, takesNull }) {
  const number = { type: 'number', exclusiveMinimum: -BEYOND_FLOAT32, exclusiveMaximum: BEYOND_FLOAT32 }
  const numberOrNull = { ...number, type: ['number', 'null'] }
  // One schema for all of them takes less time than one a column.
  const items = takesNull.includes(true) ? takesNull.map((takes) => (takes ? numberOrNull : number)) : number
  const row = { type: 'array', minItems: featureCount, maxItems: featureCount, items }
  return {
    type: 'object',
    properties: { features: row, rows: { type: 'array', minItems: 1, items: row } },
    oneOf: [{ required: ['features'] }, { required: ['rows'] }]
  }
}

function answerError (error, request, reply) {
  return problem(reply, error.validation ? 422 : error.statusCode ?? 500, error.message)
}

// Unknown paths and wrong methods.
function answerUnrouted (request, reply) {
  const allowed = ALLOWED_METHODS[request.url.split('?', 1)[0]]
  if (allowed === undefined) {
    return problem(reply, 404, 'no such path')
  }
  return problem(reply.header('Allow', allowed), 405, 'this path does not take this method')
}

// An error as application/problem+json (RFC 9457).
function problem (reply, status, detail) {
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail })
}
