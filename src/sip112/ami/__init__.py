"""The Asterisk edge: AMI messages in, AMI actions out.

`translate` and `actions` are pure and say what the words mean; `protocol` cuts the byte
stream into messages; `link` keeps the connection (the one importer of panoramisk);
`recorder` writes redacted recordings that tests replay.
"""
