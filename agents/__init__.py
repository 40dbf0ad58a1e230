"""Who decides: residents, Party members, property companies, street offices, owners' committees.

One file per actor. Each holds the actor's decision rules, small pure functions that both engines call,
and its Mesa agent class, whose methods call those rules.
"""
