"""Who decides: residents, Party members, property companies, street offices, owners' committees.

One file per actor with its Mesa agent class, whose methods call its decision rules. The rules are small pure
functions that both engines call. They stand apart, in the file of the same name in `agents.rules`, so that the
compiled engine, which has no agents, starts without loading Mesa.
"""
