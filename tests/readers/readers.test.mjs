// Our book in real reading systems. BOOK is the tests' own book, SHOTS a folder for pictures of what readers see.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { EpubParsePromise } from 'r2-shared-js/dist/es8-es2017/src/parser/epub.js'
import { open } from './serve.mjs'

const { BOOK, SHOTS } = process.env
const DESK = { width: 900, height: 1000 }
const PHONE = { width: 375, height: 667 }
const shoot = (page, name) => page.screenshot({ path: join(SHOTS, `${name}.png`) })
const settle = page => page.waitForTimeout(400)

describe('foliate-js', () => {
    let reader, page
    before(async () => { reader = await open('foliate', BOOK, DESK); page = reader.page })
    after(() => reader.close())

    const goTo = async href => { await page.evaluate(href => globalThis.view.goTo(href), href); await settle(page) }
    const visible = () => page.evaluate(() => globalThis.view.lastLocation.range.toString().replace(/\s+/g, ' ').trim())

    test('knows title, authors, languages and series', async () => {
        const found = await page.evaluate(() => globalThis.view.book.metadata)
        assert.equal(found.title, 'Environment and Water Program')
        assert.deepEqual(found.author.map(a => [a.name, a.sortAs]),
            [['Aigul Sadykova', 'Sadykova, Aigul'], ['Мария Иванова', 'Иванова, Мария']])
        assert.deepEqual(found.language, ['en', 'ru', 'fa'])
        assert.equal(found.belongsTo.series.name ?? found.belongsTo.series[0].name, 'Example Policy Center')
    })

    test('shows the cover', async () => {
        await goTo('EPUB/cover.xhtml')
        const size = await page.evaluate(() => globalThis.shown.querySelector('img').naturalWidth)
        assert.equal(size, 1600)
        await shoot(page, 'foliate-cover')
    })

    test('goes to every page by its label', async () => {
        const pages = await page.evaluate(() => globalThis.view.book.pageList.map(({ label, href }) => ({ label, href })))
        assert.deepEqual(pages.map(p => p.label), ['1', '2', '3', '4', '5', '6', '7', '8'])
        const first = { 2: 'ten years', 3: '31.5', 5: 'Example Policy Center', 6: 'абзац', 8: 'بند دوم' }
        for (const { label, href } of pages) {
            await goTo(href)
            const mark = await page.evaluate(label => {
                const mark = globalThis.shown.getElementById(`page-${label}`)
                const range = globalThis.shown.createRange()
                range.setStartAfter(mark)
                range.setEndAfter(globalThis.shown.body)
                return [mark.getAttribute('aria-label'), range.toString().replace(/\s+/g, ' ').trim()]
            }, label)
            assert.equal(mark[0], label)
            if (first[label]) assert.ok(mark[1].startsWith(first[label]), `page ${label}: ${mark[1].slice(0, 40)}`)
        }
    })

    test('follows the contents, in two levels', async () => {
        const toc = await page.evaluate(() => globalThis.view.book.toc.map(({ label, href, subitems }) =>
            ({ label, href, below: subitems?.map(s => [s.label, s.href]) ?? [] })))
        assert.deepEqual(toc.map(t => t.label), ['Imprint', 'Rivers & ratios', 'Порт и дорога', 'آب و رود', 'About the program'])
        assert.deepEqual(toc[1].below.map(b => b[0]), ['Water & power', 'What to do'])
        for (const [label, href] of toc.flatMap(t => [[t.label, t.href], ...t.below])) {
            await goTo(href)
            assert.ok((await page.evaluate(() => globalThis.shown.body.textContent)).includes(label), label)
        }
    })

    test('pops a note up with its text', async () => {
        await goTo('EPUB/briefs/river.xhtml#water')
        await shoot(page, 'foliate-text')
        await page.evaluate(() => globalThis.shown.getElementById('call-1').click())
        await page.waitForFunction(() => globalThis.popped)
        const [type, hidden, text] = await page.evaluate(() => {
            const { type, hidden, view } = globalThis.popped
            return [type, hidden, view.renderer.getContents()[0].doc.body.textContent]
        })
        assert.equal(type, 'footnote')
        assert.equal(hidden, false, 'the note is to be seen in the chapter too')
        assert.match(text, /Basin office, Yearbook, p\. 4\./)
        await settle(page)
        await shoot(page, 'foliate-note')
        await page.evaluate(() => { globalThis.popped.view.style.display = "none" })
    })

    test('sets a chapter from right to left', async () => {
        await goTo('EPUB/briefs/darya.xhtml')
        const set = await page.evaluate(() => getComputedStyle(globalThis.shown.querySelector('p[id="b1"]')).direction)
        assert.equal(set, 'rtl')
        assert.match(await visible(), /رودها کم‌آب شدند/)
        await shoot(page, 'foliate-rtl')
    })

    test('loads the fonts of the book', async () => {
        await goTo('EPUB/briefs/river.xhtml')
        const faces = await page.evaluate(() => Promise.all([...globalThis.shown.fonts].map(face => face.load()))
            .then(faces => faces.map(face => [face.family, face.status])))
        assert.ok(faces.length >= 4)
        assert.ok(faces.every(([, status]) => status === 'loaded'), JSON.stringify(faces))
    })

    test('stays readable in the dark, and a table on a phone stays within its region', async () => {
        await page.setViewportSize(PHONE)
        await page.evaluate(() => globalThis.view.renderer.setStyles(
            'html { background: #111 !important; color: #ddd !important } a:any-link { color: #9cf !important }'))
        await goTo('EPUB/briefs/river.xhtml#flows')
        const [region, width] = await page.evaluate(() => {
            const box = globalThis.shown.querySelector('.scroll').getBoundingClientRect()
            return [box.width, globalThis.view.getBoundingClientRect().width]
        })
        assert.ok(region <= width)
        const ink = await page.evaluate(() => getComputedStyle(globalThis.shown.querySelector('p[id="b1"]')).color)
        const light = ink.match(/\d+/g).slice(0, 3).map(Number)
        assert.ok(Math.min(...light) > 150, `the text follows the reader's colours: ${ink}`)
        await shoot(page, 'foliate-phone-dark')
    })

    test('throws nothing', () => assert.deepEqual(reader.faults, []))
})

describe('epub.js', () => {
    let reader, page
    before(async () => { reader = await open('epubjs', BOOK, DESK); page = reader.page })
    after(() => reader.close())

    const display = async href => {
        await page.evaluate(href => globalThis.rendition.display(href), href)
        await settle(page)
        return page.evaluate(() => globalThis.rendition.getContents()[0].document.body.textContent)
    }

    test('reads metadata, contents and page list', async () => {
        const [title, toc, pages] = await page.evaluate(() => {
            const { book } = globalThis
            return [book.packaging.metadata.title, book.navigation.toc.map(t => [t.label.trim(), t.subitems.length]),
                book.pageList.pageList.map(p => [p.page, p.href])]
        })
        assert.equal(title, 'Environment and Water Program')
        assert.deepEqual(toc.slice(1, 4), [['Rivers & ratios', 2], ['Порт и дорога', 1], ['آب و رود', 1]])
        assert.equal(pages.length, 8)
        assert.deepEqual(pages[3], [4, 'briefs/river.xhtml#page-4'])
    })

    test('opens every place of contents and page list', async () => {
        const hrefs = await page.evaluate(() => [
            ...globalThis.book.navigation.toc.flatMap(t => [t.href, ...t.subitems.map(s => s.href)]),
            ...globalThis.book.pageList.pageList.map(p => p.href)])
        for (const href of hrefs) assert.ok((await display(href)).trim(), href)
    })

    test('follows a call to its note and back', async () => {
        await display('briefs/river.xhtml')
        const at = id => page.evaluate(async id => {
            const contents = globalThis.rendition.getContents()[0]
            contents.document.getElementById(id).querySelector('a')?.click()
            return contents.document.querySelector(contents.document.getElementById(id).getAttribute('href') ?? `#${id}`).textContent
        }, id)
        assert.match(await at('call-1'), /Basin office/)
        await shoot(page, 'epubjs-text')
    })

    test('throws nothing', () => assert.deepEqual(reader.faults, []))
})

describe('Readium', () => {
    test('reads title, authors with sort names, series, pages and accessibility', async () => {
        const book = await EpubParsePromise(BOOK)
        const about = book.Metadata
        const name = value => typeof value === 'string' ? value : Object.values(value)[0]
        assert.equal(name(about.Title), 'Environment and Water Program')
        assert.deepEqual(about.Author.map(a => [name(a.Name), a.SortAs]),
            [['Aigul Sadykova', 'Sadykova, Aigul'], ['Мария Иванова', 'Иванова, Мария']])
        assert.equal(name(about.BelongsTo.Series[0].Name), 'Example Policy Center')
        assert.deepEqual(book.PageList.map(p => p.Title), ['1', '2', '3', '4', '5', '6', '7', '8'])
        assert.ok(about.AccessibilityFeature.includes('pageBreakMarkers'))
        assert.deepEqual(about.AccessModeSufficient, [['textual'], ['textual', 'visual']])
        assert.deepEqual(about.AccessibilityHazard, ['none'])
    })
})
