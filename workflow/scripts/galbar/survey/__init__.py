"""A simulated survey of galaxies with bars of known length, in the published data layout.

`galbar.survey.build.simulate_survey` writes it. In the order of the light: `population` (what
exists), `sampling` (one galaxy drawn), `galaxies` with `profiles` and `projection` (its light),
`field` (its neighbours), `observation` (telescope and picture), `perception` and `votes_walk` (the
volunteers), `tables` (the published formats).
"""
