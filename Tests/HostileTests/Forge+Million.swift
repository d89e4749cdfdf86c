import TestSupport

@testable import Bundles

extension Forge {
  /// A tar of 10^6 symbolic links, compressed as it is made: half a gigabyte that nobody holds.
  ///
  /// A name is six digits and what is missing to 9 of each, so that all headers have one checksum.
  func millionEntries() throws -> [UInt8] {
    let (chunks, perChunk) = (1000, 1000)
    var tar = HostileTar()
    for index in 0..<perChunk {
      let low = Self.digits(index)
      tar.add("000" + low + "999" + Self.complement(low), type: "2", link: "x")
    }
    var chunk = tar.bytes
    var compressor = try ZstdCompressor.start(level: 1, contentSize: nil, windowLog: 20)
    var result: [UInt8] = []
    for number in 0..<chunks {
      let high = Self.digits(number)
      let (digits, missing) = (Array(high.utf8), Array(Self.complement(high).utf8))
      for index in 0..<perChunk {
        for place in 0..<3 {
          chunk[index * 512 + place] = digits[place]
          chunk[index * 512 + 6 + place] = missing[place]
        }
      }
      let isLast = number == chunks - 1
      try compressor.compress((isLast ? chunk + TarHeader.end : chunk)[...], last: isLast) { result += $0 }
    }
    return result
  }

  private static func digits(_ number: Int) -> String {
    String(String(1000 + number).dropFirst())
  }

  private static func complement(_ digits: String) -> String {
    String(digits.compactMap { $0.wholeNumberValue.map { Character(String(9 - $0)) } })
  }
}
