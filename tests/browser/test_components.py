"""What components do when things come late or in another order than asked for: their scripts, in an empty tab."""

import re
from pathlib import Path

import pytest
from visiting import BROWSER

import dashboard

pytestmark = BROWSER

COMPONENTS = Path(dashboard.__file__).with_name("components")
#: `make(props)` is what the framework makes of a component, without its template and watchers.
MAKER = """script => {
  window.gongzhi = {
    newId: () => 'x', tellWeek() {}, planeInWeek: plane => plane, supportColour: () => '',
    clamp: (value, low, high) => Math.max(low, Math.min(high, value)),
  }
  const module = { exports: {} }
  new Function('module', script)(module)
  window.make = props => {
    const { data = () => ({}), computed = {}, methods = {}, watch = {}, beforeDestroy } = module.exports
    const theme = { dark: false }
    const one = { $nextTick: then => then && then(), $refs: {}, $el: { dataset: {} }, $vuetify: { theme }, ...props }
    Object.assign(one, data.call(one))
    for (const [name, get] of Object.entries(computed)) Object.defineProperty(one, name, { get: get.bind(one) })
    for (const [name, method] of Object.entries(methods)) one[name] = one[name] || method.bind(one)
    return Object.assign(one, { watch, beforeDestroy })
  }
}"""


@pytest.fixture
def component(browser):
    """An empty tab in which `make` makes the component of a file."""
    tab = browser.new_page()

    def take(file: str):
        words = (COMPONENTS / file).read_text(encoding="utf-8")
        tab.evaluate(MAKER, re.search(r"<script>(.*)</script>", words, re.DOTALL)[1])
        return tab

    yield take
    tab.close()


#: Two runs, of which the one asked for first takes longer to unpack.
LATE = """async () => {
  const waits = { large: 30, small: 1 }
  gongzhi.unpack = planes => new Promise(come => setTimeout(() => come(planes), waits[planes]))
  window.run = (planes, n) => ({
    n, planes, weeks: 3, building: Array(n).fill(0), stairwell: Array(n).fill(0), floor: Array(n).fill(1),
    place: [...Array(n).keys()], per_building: 1, ties: [], stage: [0, 0, 0], place_key: planes, open_at: 0,
    plane: {}, mark: {},
  })
  window.both = async (one, take, first, then) => {
    one.payload = JSON.stringify(first)
    const early = take()
    one.payload = JSON.stringify(then)
    await Promise.all([early, take()])
  }
}"""


def test_a_run_that_is_unpacked_late_does_not_take_the_place_of_one_asked_for_after_it(component):
    tab = component("Stage.vue")
    tab.evaluate(LATE)
    shown = tab.evaluate(
        """async () => {
          const stage = make({ nameSpells() {}, nameHouses() {}, paint() {} })
          await both(stage, stage.takeRun, run('large', 40), run('small', 4))
          return [stage.run.n, stage.planes, stage.runsTaken]
        }"""
    )
    assert shown == [4, "small", 1]


def test_the_figures_of_plans_stand_beside_the_names_of_these_plans(component):
    tab = component("Minis.vue")
    tab.evaluate(LATE)
    shown = tab.evaluate(
        """async () => {
          const plan = (label, planes, n) => ({ label, stage: run(planes, n) })
          const minis = make({ paint() {} })
          const early = [plan('First', 'large', 40)]
          await both(minis, minis.takeRuns, early, [plan('Second', 'small', 4)])
          const seen = [minis.plans[0].label, minis.worlds[0].planes]
          minis.payload = JSON.stringify(early)
          const late = minis.takeRuns()
          seen.push(minis.plans[0].label)
          minis.beforeDestroy()
          await late
          return [...seen, minis.worlds[0].planes]
        }"""
    )
    assert shown == ["Second", "small", "Second", "small"]


@pytest.mark.parametrize(
    ("typed", "sent"), [("", 0.5), ("0.7", 0.7), ("9", 1), ("-9", 0.2), ("0.70000004", 0.7)]
)
def test_an_emptied_parameter_is_its_default_and_its_field_says_what_holds(component, typed, sent):
    tab = component("Parameters.vue")
    shown = tab.evaluate(
        """typed => {
          const sent = []
          const field = { value: typed, validity: { badInput: false } }
          const row = { name: 'patience', value: 1, default: 0.5, low: 0.2, high: 1 }
          make({ put: change => sent.push(change) }).change(row, field)
          return [sent, field.value]
        }""",
        typed,
    )
    assert shown == [[["patience", sent]], sent]


def test_an_emptied_week_of_a_guess_stays_as_it_was_and_its_field_says_so(component):
    tab = component("Draw.vue")
    shown = tab.evaluate(
        """() => {
          const one = make({ payload: JSON.stringify({ weeks: 3, q: null }), keepGuess() {} })
          one.mine = [0.4, 0.4, 0.4]
          const fields = ['', '150', '60'].map(value => ({ value }))
          return fields.map(field => [one.put(2, field), field.value, one.mine[2]].slice(1))
        }"""
    )
    assert shown == [[40, 0.4], [100, 1], [60, 0.6]]


def test_the_first_arrow_goes_to_the_first_compound_or_to_the_last(component):
    tab = component("Tiles.vue")
    walked = tab.evaluate(
        """() => ['ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown'].map(key => {
          const one = make({})
          one.walk({ key, preventDefault() {} }, { tiles: [0, 1, 2, 3].map(compound => ({ compound })) })
          return one.chosen
        })"""
    )
    assert walked == [3, 3, 0, 0]


def test_flats_are_called_in_the_language_of_the_page(component):
    tab = component("Stairwell.vue")
    called = tab.evaluate(
        """() => {
          const one = make({ labels: { for: '赞成', against: '反对' } })
          one.askAnew()
          one.labels = { for: 'for', against: 'against' }
          return one.homes.slice(0, 2).map((home, i) => one.nameOf(home, i))
        }"""
    )
    assert called == ["101 for", "102 against"]


def test_a_file_asked_for_and_then_left_is_not_saved_when_its_scenario_comes_back(component):
    tab = component("Save.vue")
    saved = tab.evaluate(
        """() => {
          let saved = 0
          const one = make({ content: '', want() {}, save: () => saved++ })
          const changes = (content, busy) => {
            one.content = content
            one.watch.content.call(one, content)
            if (one.watch.busy) one.watch.busy.call(one, busy)
          }
          one.press()
          changes('made', false)
          const first = saved
          one.content = ''
          one.press()
          changes('', false)
          changes('made', false)
          return [first, saved]
        }"""
    )
    assert saved == [1, 1]


def test_a_chart_keeps_its_line_of_before_where_only_the_language_has_changed(component):
    tab = component("Fan.vue")
    kept = tab.evaluate(
        """() => {
          const fan = make({})
          const chart = (key, ends) => ({ key, place: 'a', series: [{ ghost: true, q: [0, 0, ends, 0, 0] }] })
          fan.keepGhosts(chart('v=1&lang=zh&case=a&gate=0.5', [1]), chart('v=1&lang=zh&case=a', [2]))
          fan.keepGhosts(chart('v=1&lang=zh&case=a', [2]), chart('v=1&lang=en&case=a', [2]))
          return fan.ghosts
        }"""
    )
    assert kept == [[1]]


def test_charts_come_with_the_next_change_where_what_draws_them_could_not_be_fetched_at_first(component):
    tab = component("Fan.vue")
    tab.route("**/echarts.min.js", lambda route: route.abort())
    tab.goto("data:text/html,<base href='http://gongzhi.invalid/'>")
    component("Fan.vue")
    tab.evaluate(
        """async () => {
          window.fan = make({ alive: true, payload: '{}', drawAnew() {}, keepGhosts() {}, draw() {} })
          fan.$refs.place = document.body
          await fan.begin()
          if (fan.echarts) throw new Error('there is nothing to draw with')
        }"""
    )
    tab.unroute("**/echarts.min.js")
    tab.route("**/echarts.min.js", lambda route: route.fulfill(body="window.echarts = { whole: true }"))
    tab.evaluate("fan.watch.payload.call(fan, '{}', '{}')")
    tab.wait_for_function("fan.echarts && fan.echarts.whole")
