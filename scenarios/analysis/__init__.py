"""Analysis of a sweep: functions on a tidy table of runs, each with a figure and an honest verdict.

A table has one row per run: `strategy`, `seed`, the parameters, the outcomes. `problem.study` checks it once; every
analysis takes the `Study` and returns a frozen result that says how many points, seeds and runs stand behind it.

paired       which strategy is ahead, on common draws, and whether that survives the plausible parameters
levels       what a setting of few values moves
replicates   how many seeds a wanted precision needs
sensitivity  which parameters matter: Morris, Sobol', PAWN
discovery    where a strategy misses its goal: PRIM, CART
robustness   regret, worst case, share of futures in which a goal is met
surfaces     a smooth picture of an outcome over two parameters, with the quality of the fit
search       strategies that no other beats in all of hours, yuan, consent, payment and insincere share
"""
