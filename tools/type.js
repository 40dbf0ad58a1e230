// Words smaller than 20 pixels on the page as it stands, by element: what a class cannot read on a projector.
() => {
  const UNSEEN = '.gz-spoken, .gz-heard, .gz-tip.shut, .gz-skip, noscript, script, style, option, #loader-container'
  const found = {}
  for (const e of document.body.querySelectorAll('*')) {
    const isSeen = e.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    const hasWords = [...e.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (!isSeen || !hasWords || e.closest(UNSEEN)) continue
    const scale = e.ownerSVGElement ? e.getScreenCTM().a : 1
    const size = scale * parseFloat(getComputedStyle(e).fontSize)
    if (size < 19.9) found[e.tagName + ' ' + e.textContent.trim().slice(0, 30)] = size
  }
  for (const chart of document.querySelectorAll('[data-type]')) {
    if (Number(chart.dataset.type) < 19.9) found['chart'] = chart.dataset.type
  }
  for (const figure of document.querySelectorAll('.gz-figure')) {
    const size = figure.clientWidth * parseFloat(figure.style.getPropertyValue('--words'))
    if (!(size >= 19.9)) found['figure'] = size
  }
  return found
}
