// A chain has one owner.
import MillpondIO

func use() -> Int {
    let chain = ByteChain()
    let owner = chain
    let other = chain  // expect: 'chain' consumed more than once
    return owner.count
}
