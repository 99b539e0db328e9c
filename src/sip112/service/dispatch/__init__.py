"""What a node does so that a ticket reaches those who must act: the core's `dispatch`, at work.

Decided is in the core, kept in the store, carried by `handoff`; here they meet.
"""
