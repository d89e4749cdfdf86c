import StrictJSON
import Testing

@Suite("The strict reader")
struct StrictReaderTests {
  private func parse(_ text: String, _ limits: JSONLimits = .metadata) throws(JSONError) -> JSON {
    try JSON.parse(Array(text.utf8), limits: limits)
  }

  @Test func `every kind of value is read`() throws {
    let value = try parse(
      #" {"a": [1, -2, 0.5, 1e3, true, false, null, "x\u00e9\n\ud83d\ude00\/"], "b": {}, "c": [ ] } "#)
    #expect(
      value == [
        "a": [1, -2, .number("0.5"), .number("1e3"), true, false, nil, "xé\n😀/"], "b": [:], "c": [],
      ])
    #expect(value["a"]?.arrayValue?.count == 8)
    #expect(value["missing"] == nil)
  }

  @Test(
    "numbers keep their exactness",
    arguments: [
      ("0", JSON.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number("9223372036854775808")),
      ("1.0", .number("1.0")), ("1e0", .number("1e0")), ("1E+2", .number("1E+2")),
    ])
  func numbers(text: String, expected: JSON) throws {
    #expect(try parse(text) == expected)
  }

  @Test(
    "texts that two readers could understand differently are refused",
    arguments: [
      ("", JSONError.unexpectedEnd(offset: 0)),
      ("\u{FEFF}{}", .unexpectedByte(0xEF, offset: 0)),
      ("{} {}", .trailingData(offset: 3)),
      ("{}\0", .trailingData(offset: 2)),
      (#"{"a":1,"a":2}"#, .duplicateKey("a", offset: 7)),
      (#"{"a":1,"\u0061":2}"#, .duplicateKey("a", offset: 7)),
      ("[1,]", .unexpectedByte(UInt8(ascii: "]"), offset: 3)),
      ("{,}", .unexpectedByte(UInt8(ascii: ","), offset: 1)),
      (#"{"a" 1}"#, .unexpectedByte(UInt8(ascii: "1"), offset: 5)),
      ("[1 2]", .unexpectedByte(UInt8(ascii: "2"), offset: 3)),
      ("[1", .unexpectedEnd(offset: 2)),
      ("01", .invalidNumber(offset: 0)), ("-", .invalidNumber(offset: 0)), ("1.", .invalidNumber(offset: 0)),
      ("1e", .invalidNumber(offset: 0)), ("-01", .invalidNumber(offset: 0)),
      ("+1", .unexpectedByte(UInt8(ascii: "+"), offset: 0)), (".5", .unexpectedByte(UInt8(ascii: "."), offset: 0)),
      ("NaN", .unexpectedByte(UInt8(ascii: "N"), offset: 0)), ("nul", .unexpectedEnd(offset: 3)),
      ("'a'", .unexpectedByte(UInt8(ascii: "'"), offset: 0)), ("/* */1", .unexpectedByte(UInt8(ascii: "/"), offset: 0)),
      ("\"a\nb\"", .controlCharacter(0x0A, offset: 2)), ("\"\\n\u{1}\"", .controlCharacter(1, offset: 3)),
      (#""\x""#, .invalidEscape(offset: 1)), (#""\u12g4""#, .invalidEscape(offset: 1)),
      (#""\ud800""#, .invalidEscape(offset: 1)), (#""\udc00""#, .invalidEscape(offset: 1)),
      (#""\ud800\ud800""#, .invalidEscape(offset: 1)), (#""\ud800x""#, .invalidEscape(offset: 1)),
      (#""\u00"#, .unexpectedEnd(offset: 5)), (#""abc"#, .unexpectedEnd(offset: 4)),
      (#""abc\"#, .unexpectedEnd(offset: 5)),
    ])
  func refusals(text: String, expected: JSONError) {
    #expect(throws: expected) { try parse(text) }
  }

  @Test(
    "strings that are not UTF-8 are refused",
    arguments: [[0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
  func invalidUTF8(bytes: [UInt8]) {
    #expect(throws: JSONError.invalidUTF8(offset: 1)) { try JSON.parse([0x22] + bytes + [0x22]) }
    #expect(throws: JSONError.invalidUTF8(offset: 1)) { try JSON.parse([0x22, 0x5C, 0x6E] + bytes + [0x22]) }
  }

  @Test func `composed and decomposed letters are two keys and two strings`() throws {
    let value = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
    #expect(value.objectValue?.count == 2)
    #expect(value["\u{E9}"] == 1)
    #expect(value["e\u{301}"] == 2)
    #expect(JSON.string("\u{E9}") != JSON.string("e\u{301}"))
    #expect(Set([JSON.string("\u{E9}"), JSON.string("e\u{301}")]).count == 2)
  }

  @Test func `a duplicate key is found in large objects too`() {
    let members = (0..<500).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
    #expect(throws: JSONError.self) { try parse("{\(members),\"key7\":1}") }
    #expect(throws: Never.self) { try parse("{\(members),\"key500\":1}") }
  }

  @Test func `limits end in errors`() {
    let limits = JSONLimits(maxBytes: 100, maxDepth: 3, maxMembers: 5, maxNumberBytes: 4)
    #expect(throws: JSONError.tooLarge(limit: 100, offered: 101)) {
      try parse(String(repeating: " ", count: 101), limits)
    }
    #expect(throws: JSONError.tooDeep(limit: 3, offset: 3)) { try parse("[[[[]]]]", limits) }
    #expect(throws: Never.self) { try parse("[[[]]]", limits) }
    #expect(throws: JSONError.tooManyMembers(limit: 5, offset: 11)) { try parse("[1,1,1,1,1,1]", limits) }
    #expect(throws: JSONError.invalidNumber(offset: 0)) { try parse("12345", limits) }
  }

  @Test func `endless nesting is no stack overflow`() {
    #expect(throws: JSONError.tooDeep(limit: 32, offset: 32)) {
      try JSON.parse([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
    }
  }

  @Test func `accessors never mix up kinds`() {
    #expect(JSON.bool(true).intValue == nil)
    #expect(JSON.integer(1).boolValue == nil)
    #expect(JSON.number("1.0").intValue == nil)
    #expect(JSON.number("1.5").doubleValue == 1.5)
    #expect(JSON.string("1").int64Value == nil)
    #expect(JSON.null.isNull)
    #expect(JSON.array([])["a"] == nil)
  }

  @Test func `one array of the outermost object is handed out element by element`() throws {
    func passing(_ text: String) throws -> (rest: JSON, elements: [JSON]) {
      var elements: [JSON] = []
      let rest = try JSON.parse(Array(text.utf8), limits: .metadata, passing: "list") { elements.append($0) }
      return (rest, elements)
    }
    let read = try passing(#"{"a": 1, "list" : [1, {"list": [2]}, []], "b": {"list": [3]}}"#)
    #expect(read.elements == [1, ["list": [2]], []])
    #expect(read.rest == ["a": 1, "list": [], "b": ["list": [3]]])
    // Anything else under the key stays where it is, and every refusal is the same.
    #expect(try passing(#"{"list": "x"}"#).rest == ["list": "x"])
    #expect(try passing(#"[["list"]]"#).rest == [["list"]])
    #expect(throws: JSONError.duplicateKey("list", offset: 13)) { _ = try passing(#"{"list": [1],"list": [2]}"#) }
    #expect(throws: JSONError.unexpectedByte(UInt8(ascii: "]"), offset: 12)) { _ = try passing(#"{"list": [1,]}"#) }
    #expect(throws: JSONError.trailingData(offset: 14)) { _ = try passing(#"{"list": [1]} x"#) }
  }
}
