// What several components share, under `gongzhi`. Loaded in the head of every page, before any component.
'use strict'

window.gongzhi = {
  /** The steps one has made in this tab: entries of the browser's history, numbered as they are made. */
  steps: {
    get now() {
      return (history.state && history.state.gzStep) || 0
    },
    get last() {
      return Math.max(this.now, Number(gongzhi.recall('gz-last-step')) || 0)
    },
    tell: () => window.dispatchEvent(new CustomEvent('gz-steps')),
  },

  /** A new id for a form field, so that its label finds it: several of a component may stand on one page. */
  newId: () => 'gz' + Math.random().toString(36).slice(2, 8),

  /** Words of a drawing grow with those around it: 12 pixels on a screen, 20 and more on a projector. */
  typeSize: () =>
    Math.round(Math.max(12, 0.84 * parseFloat(getComputedStyle(document.documentElement).fontSize) - 1.5)),

  /**
   * Keep `width` and `size` of a component as its drawing `svg` has them, from now on; returns what ends it.
   * A unit of the drawing is a pixel: its words are as large as they say, however wide the page.
   */
  keepMeasured(component) {
    const drawing = component.$refs.svg
    const measure = () => {
      component.width = drawing.clientWidth || component.width
      component.size = gongzhi.typeSize()
    }
    measure()
    window.addEventListener('gz-dress', measure)
    const resizing = new ResizeObserver(measure)
    resizing.observe(drawing)
    return () => {
      window.removeEventListener('gz-dress', measure)
      resizing.disconnect()
    }
  },

  /** Make the page ready for paper, and print it when it is drawn so: `print` alone would not wait. */
  print() {
    window.dispatchEvent(new Event('beforeprint'))
    setTimeout(() => window.print())
  },

  clamp: (value, low, high) => Math.max(low, Math.min(high, value)),

  bytesOf: base64 => Uint8Array.from(atob(base64), character => character.charCodeAt(0)),

  /** What `Trajectory.planes` holds: inflated, its differences from week to week added up again. */
  async unpack(base64, weeks, households) {
    const packed = new Blob([gongzhi.bytesOf(base64)]).stream()
    const inflated = new Response(packed.pipeThrough(new DecompressionStream('deflate')))
    const values = new Uint8Array(await inflated.arrayBuffer())
    const planeSize = weeks * households
    for (let start = 0; start < values.length; start += planeSize) {
      for (let k = start + households; k < start + planeSize; k++) {
        values[k] = (values[k] + values[k - households]) & 255
      }
    }
    return values
  },

  /** One plane in one week: a value a household. */
  planeInWeek(values, plane, week, weeks, households) {
    const start = (plane * weeks + week) * households
    return values.subarray(start, start + households)
  },

  /** The colour a share of the way between two; colours as [red, green, blue]. */
  mix(from, to, share) {
    const parts = from.map((value, i) => Math.round(value + (to[i] - value) * share))
    return 'rgb(' + parts.join(',') + ')'
  },

  /** Colour of a leaning: −1 against, 0 undecided, 1 for. */
  supportColour(lean, dark) {
    const neutral = dark ? [74, 82, 86] : [240, 238, 230]
    const inFavour = dark ? [96, 176, 226] : [24, 94, 150]
    const against = dark ? [240, 148, 72] : [206, 92, 20]
    return gongzhi.mix(neutral, lean >= 0 ? inFavour : against, Math.min(1, Math.abs(lean) * 1.25))
  },

  /** Charts of a group follow the week that is shown; `Fan` listens. */
  tellWeek(week, group) {
    window.dispatchEvent(new CustomEvent('gz-week', { detail: { week, group } }))
  },

  /** Start or stop a component's playback: its `week` goes on until its `last`, while it is `playing`. */
  playOrPause(component, milliseconds) {
    const stop = () => {
      clearInterval(component.timer)
      component.playing = false
    }
    if (component.playing) {
      stop()
      return
    }
    component.playing = true
    if (component.week >= component.last) component.week = 0
    component.timer = setInterval(() => {
      if (component.week >= component.last) stop()
      else component.week++
    }, milliseconds)
  },

  /** Save what an address holds as a file. */
  saveAs(address, file) {
    const link = document.createElement('a')
    link.href = address
    link.download = file
    document.body.appendChild(link)
    link.click()
    link.remove()
  },

  /** What a tab keeps over a reload; null where it kept nothing, or the browser keeps nothing for pages. */
  recall(key) {
    try {
      return sessionStorage.getItem(key)
    } catch {
      return null
    }
  },

  keep(key, value) {
    try {
      sessionStorage.setItem(key, value)
    } catch {
      // Nothing is lost but the memory.
    }
  },

  forget(key) {
    try {
      sessionStorage.removeItem(key)
    } catch {
      // Nothing was kept.
    }
  },
}

// The framework writes the place one has scrolled to over whatever an entry holds: the number is put back.
{
  const replace = history.replaceState.bind(history)
  const push = history.pushState.bind(history)
  history.replaceState = (state, ...rest) => replace({ ...history.state, ...state }, ...rest)
  history.pushState = (state, ...rest) => {
    const gzStep = gongzhi.steps.now + 1
    push({ ...state, gzStep }, ...rest)
    gongzhi.keep('gz-last-step', String(gzStep))
    gongzhi.steps.tell()
  }
}
