import StrictJSON
import TestSupport
import Testing

@Suite("The canonical form")
struct CanonicalFormTests {
  private func canonical(_ text: String) throws -> String {
    String(decoding: try JSON.parse(Array(text.utf8)).canonicalBytes(), as: UTF8.self)
  }

  @Test(
    "it is what securesystemslib writes",
    arguments: [
      (#"{"b": 1, "a": [true, false, null]}"#, #"{"a":[true,false,null],"b":1}"#),
      (#"{"": "", "A": 1, "a": 2, "B": 3}"#, #"{"":"","A":1,"B":3,"a":2}"#),
      (#"["\"\\\/", "é", "\u00e9"]"#, #"["\"\\/","é","é"]"#),
      (#"["a\nb\t\u0001"]"#, "[\"a\nb\t\u{1}\"]"),
      ("[123456789012345678901234567890, -5]", "[123456789012345678901234567890,-5]"),
    ])
  func vectors(text: String, expected: String) throws {
    #expect(try canonical(text) == expected)
  }

  @Test func `keys are sorted by code point and not by UTF-16 unit`() throws {
    // U+FF5E sorts before U+1F600 by code point, after its surrogates by unit.
    #expect(try canonical("{\"\u{1F600}\":1,\"\u{FF5E}\":2}") == "{\"\u{FF5E}\":2,\"\u{1F600}\":1}")
  }

  @Test func `a number with fraction or exponent has none`() throws {
    let value: JSON = ["a": .number("1.0")]
    #expect(throws: JSONError.notCanonical(number: "1.0")) { try value.canonicalBytes() }
    #expect(try value.canonicalBytes(numbers: .verbatim) == Array(#"{"a":1.0}"#.utf8))
  }
}

@Suite("Writing ordinary JSON")
struct JSONWriterTests {
  @Test func `compact text keeps the order of members`() {
    let value: JSON = ["b": [1, "x\"\\\n\u{1}\u{7F}é"], "a": nil, "c": [:], "d": []]
    #expect(value.text() == #"{"b":[1,"x\"\\\n\u0001\u007fé"],"a":null,"c":{},"d":[]}"#)
  }

  @Test func `pretty text is for people`() {
    let value: JSON = ["a": [1, ["b": true]], "c": [:]]
    #expect(
      value.text(pretty: true) == """
        {
          "a": [
            1,
            {
              "b": true
            }
          ],
          "c": {}
        }

        """)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `what is written is read back the same`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let value = randomValue(&random, depth: 4)
    #expect(try JSON.parse(value.serialized()) == value)
    #expect(try JSON.parse(value.serialized(pretty: true)) == value)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `changed bytes are refused or read, and never a trap`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let base = randomValue(&random, depth: 5).serialized()
    for _ in 0..<300 {
      var bytes = base
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.insert(UInt8(random.below(256)), at: place)
        case 2 where bytes.count > 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: bytes[place...].prefix(8), at: place)
        }
      }
      guard let value = try? JSON.parse(bytes) else { continue }
      #expect(try JSON.parse(value.serialized()) == value)
      if let canonical = try? value.canonicalBytes() { #expect(!canonical.isEmpty) }
    }
  }

  private func randomValue(_ random: inout SplitMix64, depth: Int) -> JSON {
    let texts = ["", "a", "é", "e\u{301}", "\u{1F600}", "\"\\/\u{0}\n", "long text of more than fifteen bytes"]
    switch random.below(depth == 0 ? 5 : 7) {
    case 0: return nil
    case 1: return .bool(random.below(2) == 0)
    case 2: return .integer(Int64(bitPattern: random.next()))
    case 3: return .number("-12.50e-3")
    case 4: return .string(texts[random.below(texts.count)])
    case 5: return .array((0..<random.below(5)).map { _ in randomValue(&random, depth: depth - 1) })
    default:
      var object = JSON.Object()
      for index in 0..<random.below(16) {
        object.set("\(texts[random.below(texts.count)])\(index)", randomValue(&random, depth: depth - 1))
      }
      return .object(object)
    }
  }
}
