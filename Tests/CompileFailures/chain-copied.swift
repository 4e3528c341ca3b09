// expect: parameter of noncopyable type 'ByteChain' must specify ownership
import MillpondIO

/// A chain with two owners.
func twoOwners(_ chain: ByteChain) {}
