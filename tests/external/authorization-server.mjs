// An OAuth 2.0 authorization server (oidc-provider) on loopback, with a clock and keys that a test can change.
//
//     node authorization-server.mjs CONFIGURATION
//
// CONFIGURATION is JSON: `clients` as oidc-provider takes them and `resources`, which maps a resource indicator to `audience`, `scope`,
// `ttl` and `alg` of its access tokens. Prints its issuer when it listens; ends with its standard input. Beside the provider's own
// endpoints it answers to:
//     POST /test/clock?shift=SECONDS   what the server believes the time to be, from now on
//     POST /test/keys                  new signing keys; the old ones are gone
//     POST /test/down?is=true|false    whether everything else answers 503
//     GET  /test/seen                  how often each path was asked for since the last time
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'

const settings = JSON.parse(process.argv[2])
const realNow = Date.now
let shift = 0
Date.now = () => realNow() + shift * 1000

console.warn = console.info = () => {} // the provider's remarks on development settings
const { Provider } = await import('oidc-provider')

let generation = 0
function keys() {
  generation += 1
  const kinds = [
    ['RS256', 'rsa', { modulusLength: 2048 }],
    ['PS256', 'rsa', { modulusLength: 2048 }],
    ['ES256', 'ec', { namedCurve: 'P-256' }],
    ['ES384', 'ec', { namedCurve: 'P-384' }],
    ['EdDSA', 'ed25519', {}],
  ]
  return kinds.map(([alg, kind, options]) => ({
    ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }),
    alg,
    use: 'sig',
    kid: `${alg}-${generation}`,
  }))
}

const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']
function provider(issuer) {
  return new Provider(issuer, {
    clients: settings.clients.map((client) => ({ grant_types: ['client_credentials'], redirect_uris: [], response_types: [], ...client })),
    scopes: [...new Set(Object.values(settings.resources).flatMap(({ scope }) => scope.split(' ')))],
    jwks: { keys: keys() },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(context, resource) {
          const { scope, audience = resource, ttl = 300, alg = 'RS256' } = settings.resources[resource] ?? {}
          if (scope === undefined) throw new Error('unknown resource')
          return { scope, audience, accessTokenTTL: ttl, accessTokenFormat: 'jwt', jwt: { sign: { alg } } }
        },
      },
    },
  })
}

const server = createServer()
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const issuer = `http://127.0.0.1:${server.address().port}`
let handle = provider(issuer).callback()
let down = false
let seen = {}
server.on('request', (request, response) => {
  const url = new URL(request.url, issuer)
  const done = (body) => response.end(JSON.stringify(body))
  switch (url.pathname) {
    case '/test/clock':
      shift = Number(url.searchParams.get('shift'))
      return done({})
    case '/test/keys':
      handle = provider(issuer).callback()
      return done({})
    case '/test/down':
      down = url.searchParams.get('is') === 'true'
      return done({})
    case '/test/seen':
      done(seen)
      seen = {}
      return
  }
  seen[url.pathname] = (seen[url.pathname] ?? 0) + 1
  if (down) {
    response.statusCode = 503
    return response.end()
  }
  handle(request, response)
})
process.stdin.on('end', () => process.exit(0)).resume()
console.log(issuer)
