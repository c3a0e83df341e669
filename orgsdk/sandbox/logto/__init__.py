"""The sandbox's Logto server: OIDC token endpoint and Management API, state in memory.

Written from `facts/logto.md` and the recordings of a real Logto core, never from the client's code, because the
client's tests compare with it. It plays the released Logto 1.42.0; `LogtoState.release` selects the development state
of the recordings.
"""
