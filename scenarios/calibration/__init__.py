"""Calibration: which values of the parameters the evidence leaves standing.

`targets` says what is compared, `experiments` what is simulated, `waves` how the space shrinks, `survivors` what is
left of it. The documents of the five cities are not used here.
"""
