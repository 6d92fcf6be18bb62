"""What judges: places, stays, rules, permits, the change gate and the schedule of looks. Pure: values in, values out, the clock is an argument."""
