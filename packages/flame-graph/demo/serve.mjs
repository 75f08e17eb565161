// Serves this package on loopback under a strict content security policy, and prints where.
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = normalize(fileURLToPath(new URL('..', import.meta.url)))
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const file = normalize(join(root, decodeURIComponent(pathname === '/' ? '/demo/index.html' : pathname)))
  const type = types[extname(file)]
  if (
    !file.startsWith(root.endsWith(sep) ? root : root + sep) ||
    !type ||
    !statSync(file, { throwIfNoEntry: false })
  ) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-type': type, 'content-security-policy': "default-src 'self'" })
  createReadStream(file).pipe(response)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/demo/index.html\n`)
})
