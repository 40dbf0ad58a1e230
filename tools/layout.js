// What a reader could not read on the page as it stands: text that is cut, that lies off the screen or over other text.
// Given to the browser by tests, which expect an empty list. What a reader can scroll to is not cut.
() => {
  const UNSEEN = '.gz-spoken, .gz-tip.shut, .gz-skip, noscript, script, style, option, #loader-container'
  const FRAMEWORK = 'body, html, #app, .v-application *:not([class*=gz])'
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
