// A browser with a reading system in it, and the book beside it, on 127.0.0.1 alone.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { chromium } from 'playwright-core'

const HERE = import.meta.dirname
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.epub': 'application/epub+zip' }

const serve = book => new Promise(resolve => {
    const server = createServer(async (request, response) => {
        const path = normalize(new URL(request.url, 'http://x').pathname)
        try {
            const data = await readFile(path === '/book.epub' ? book : join(HERE, path))
            response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
            response.end(data)
        } catch {
            response.writeHead(404).end()
        }
    })
    server.listen(0, '127.0.0.1', () => resolve(server))
})

/** Open a book in a reading system: `page` is the browser's page, `close` ends everything, `faults` are its errors. */
export const open = async (reader, book, viewport) => {
    const server = await serve(book)
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox'], // the tests may run as root, and the books are our own
    })
    const page = await browser.newPage({ viewport })
    const faults = []
    page.on('pageerror', error => faults.push(String(error)))
    await page.goto(`http://127.0.0.1:${server.address().port}/${reader}.html`)
    await page.waitForFunction(() => globalThis.ready, null, { timeout: 60_000 })
    return { page, faults, close: async () => { await browser.close(); server.close() } }
}
