"""The fluid programme behind `planned-flow`: work as a flow of processor seconds, batteries as reservoirs.

Once per planning period: `demand` estimates what arrives, `fleet_state` reads where each battery stands, `levels` finds
the least depth of discharge at which the fleet can do the work, `capacity` what each satellite may take at that level,
and `flow` the way with the fewest hops from where work arises to where it may run.
"""
