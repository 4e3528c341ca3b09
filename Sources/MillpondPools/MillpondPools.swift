// Object, byte-block, connection and worker pools. See Documentation/pools.md.
