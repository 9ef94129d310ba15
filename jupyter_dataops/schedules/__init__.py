"""When a schedule fires, and what is to be done about it: pure decisions over values. The clock is an argument.

`Trigger` and `Policy` are the values; `next_fire` and its neighbours know when a trigger fires, `decide` what a service
has to do now.
"""
