// What a reader could not read on the page as it stands: text that is cut, that lies off the screen or over other text,
// that is tiny, or in a table that has to be moved sideways. Given to the browser by tests, which expect an empty list.
// What a reader can scroll to is not cut.
() => {
  const UNSEEN = '.gz-spoken, .gz-heard, .gz-tip.shut, .gz-skip, noscript, script, style, option, #loader-container'
  const FRAMEWORK = 'body, html, #app, .v-application *:not([class*=gz])'
  const SMALLEST_PIXELS = 9.9
  const found = []
  const boxes = []
  const above = e => (e && e !== document.body ? [e, ...above(e.parentElement)] : [])
  const scrolls = e => {
    const { overflowX, overflowY } = getComputedStyle(e)
    const across = /auto|scroll/.test(overflowX) && e.scrollWidth > e.clientWidth + 1
    return across || (/auto|scroll/.test(overflowY) && e.scrollHeight > e.clientHeight + 1)
  }
  const isCut = e =>
    getComputedStyle(e).overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1 && !e.matches(FRAMEWORK)
  const isLifted = e => /sticky|fixed|absolute/.test(getComputedStyle(e).position)
  for (const e of document.body.querySelectorAll('*')) {
    const isSeen = e.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    if (!isSeen || e.closest('svg') || e.closest(UNSEEN)) continue
    const words = [...e.childNodes].filter(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (!words.length) continue
    const said = e.innerText.trim().slice(0, 40)
    const around = above(e)
    const canScroll = around.slice(1).some(scrolls)
    if (around.slice(0, 3).some(isCut)) found.push('cut: ' + said)
    for (const node of words) {
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const box of range.getClientRects()) {
        if (box.width < 2 || box.height < 2 || canScroll) continue
        if (box.right > innerWidth + 1 || box.left < -1) found.push('off the screen: ' + said)
        if (!around.some(isLifted)) boxes.push({ box, e, said })
      }
    }
  }
  for (const e of document.querySelectorAll('svg text')) {
    if (!e.checkVisibility() || !e.textContent.trim()) continue
    const said = e.textContent.trim().slice(0, 40)
    const box = e.getBoundingClientRect()
    const frame = e.ownerSVGElement.getBoundingClientRect()
    const sticksOut = box.left < frame.left - 1 || box.right > frame.right + 1
    if (sticksOut || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) found.push('cut in a drawing: ' + said)
    if (e.getScreenCTM().a * parseFloat(getComputedStyle(e).fontSize) < SMALLEST_PIXELS) found.push('tiny: ' + said)
    boxes.push({ box, e, said })
  }
  for (const e of document.querySelectorAll('.gz-scroll:not(:has(.gz-heat))')) {
    if (e.scrollWidth > e.clientWidth + 1) found.push('moved sideways: ' + e.getAttribute('aria-label'))
  }
  for (const e of document.querySelectorAll('.gz-figure')) {
    if (!(e.clientWidth * parseFloat(e.style.getPropertyValue('--words')) >= SMALLEST_PIXELS)) found.push('tiny figure')
  }
  const width = document.documentElement.scrollWidth
  if (width > innerWidth) found.push('the page is wider than the screen: ' + width)
  boxes.sort((one, other) => one.box.top - other.box.top)
  boxes.forEach((one, i) => {
    for (let k = i + 1; k < boxes.length && boxes[k].box.top < one.box.bottom - 3; k++) {
      const [a, b] = [one.box, boxes[k].box]
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
      if (one.e !== boxes[k].e && across > 3 && down > 5) {
        found.push('one over the other: ' + one.said + ' | ' + boxes[k].said)
      }
    }
  })
  return [...new Set(found)].slice(0, 8)
}
