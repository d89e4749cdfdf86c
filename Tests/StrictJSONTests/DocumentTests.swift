import StrictJSON
import Testing

@Suite("Documents that are not taken apart")
struct DocumentTests {
  private func document(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8)) }

  @Test(arguments: [
    "{}", "[]", #""""#, "0", "-0", "null", #"{"a":1,"b":[1,{"c":"d"},[]],"z":{}}"#, #"{ "b" : 1 , "a" : [ 2 , 3 ] }"#,
    #"{"b":{"d":1,"c":"\u00e9\n\"\\\/"},"a":"é\u0000"}"#, #"["\ud83d\ude00",-12,9223372036854775808,true,false]"#,
    #"{"e\u0301":1,"\u00e9":2,"é ":3,"A":4}"#, "\n[\t-0 , \"x\" ]\r\n", #"{"a":"12345678\n1234567"}"#,
  ])
  func `the canonical form is that of the value taken apart`(text: String) throws {
    let root = try document(text).root
    #expect(try root.canonicalBytes() == root.value.canonicalBytes())
  }

  @Test func `what is canonical already stays as it is`() throws {
    let text = #"{"a":{"b":["c",1,null]},"d":"é\"\\"}"#
    #expect(try document(text).root.canonicalBytes() == Array(text.utf8))
    let inner = try #require(try document(" {\"x\": {\"a\":1,\"b\":2} }").root.objectValue?["x"])
    #expect(try inner.canonicalBytes() == Array(#"{"a":1,"b":2}"#.utf8))
  }

  @Test func `a fraction has no canonical form wherever it stands`() throws {
    for text in ["1.5", "[1e3]", #"{"a":{"b":0.0}}"#] {
      #expect(throws: JSONError.self) { try document(text).root.canonicalBytes() }
    }
  }

  @Test func `long pieces come through the buffer of the canonical form whole`() throws {
    let pieces = (0..<40).map { String(repeating: "x", count: 1 << ($0 % 14)) + "\($0)" }
    let text = "[ \(pieces.map { "\"\($0)\"" }.joined(separator: " , ")) ]"
    #expect(try document(text).root.canonicalBytes() == JSON.strings(pieces).serialized())
  }

  @Test(arguments: ["\"", "\\", "\u{1F}", "\u{0}", "é", "\u{10FFFF}", "\u{7F}", " ", "!", "#", "[", "]"])
  func `every special byte is noticed at every place of a word`(special: String) throws {
    for length in 0..<20 {
      for place in 0...length {
        let before = String(repeating: "a", count: place)
        let after = String(repeating: "~", count: length - place)
        let raw = Array("\"\(before)\(special)\(after)\"".utf8)
        switch special {
        case "\u{1F}", "\u{0}":
          let byte = special.utf8.first ?? 0
          #expect(throws: JSONError.controlCharacter(byte, offset: place + 1)) { try JSONDocument(raw) }
        case "\"", "\\":
          let escaped = Array("\"\(before)\\\(special)\(after)\"".utf8)
          #expect(try JSONDocument(escaped).root.stringValue == before + special + after)
        default:
          #expect(try JSONDocument(raw).root.stringValue == before + special + after)
        }
      }
    }
  }

  @Test func `an index finds every member whatever their order`() throws {
    for keys in [(0..<300).map { "key\($0)" }, ["b", "a", "\\u00e9", "é ", "", "a\\/b"]] {
      let members = keys.enumerated().map { "\"\($1)\":\($0)" }.joined(separator: ",")
      let object = try #require(try document("{\(members)}").root.objectValue)
      let index = JSONIndex(object)
      #expect(index.count == keys.count)
      #expect(object.count == keys.count)
      for (place, member) in object.members.enumerated() {
        #expect(index[member.key]?.int64Value == Int64(place))
        #expect(object[member.key]?.int64Value == Int64(place))
      }
      #expect(index["missing"] == nil)
      #expect(index["key"] == nil)
    }
  }

  @Test func `two indexes are walked side by side in the order of the keys`() throws {
    let one = JSONIndex(try #require(try document(#"{"d":4,"a":1,"\u0062":2,"c":3}"#).root.objectValue))
    let other = JSONIndex(try #require(try document(#"{"b":20,"\u0064":40,"a0":0,"a":10,"e":5}"#).root.objectValue))
    var seen: [String] = []
    one.forEachMember(besides: other) { member, found in
      seen.append("\(member.key) \(member.value.value) \(found.map { "\($0.value)" } ?? "-")")
    }
    #expect(seen == ["a 1 10", "b 2 20", "c 3 -", "d 4 40"])
  }

  @Test func `views answer only for their own kind`() throws {
    let root = try document(#"{"a":[1,"x",true,null,1.5,9223372036854775808,-9223372036854775808]}"#).root
    let values = try #require(root.objectValue?["a"]?.arrayValue)
    #expect(values.map(\.int64Value) == [1, nil, nil, nil, nil, nil, .min])
    #expect(values.map(\.stringValue) == [nil, "x", nil, nil, nil, nil, nil])
    #expect(values.map(\.boolValue) == [nil, nil, true, nil, nil, nil, nil])
    #expect(values.map(\.isString) == [false, true, false, false, false, false, false])
    #expect(root.arrayValue == nil && values[0].objectValue == nil && values[1].arrayValue == nil)
  }

  @Test func `members that fail a check are handed out, the others are not`() throws {
    let digits = String(repeating: "0123456789abcdef", count: 4)
    let object = try #require(
      try document(#"{"good":"\#(digits)","short":"\#(digits.dropLast())","big":"\#(digits.uppercased())","n":1}"#)
        .root.objectValue)
    var failing: [String] = []
    object.forEachMember(failing: { $0.isHexadecimal(count: 64, $1, $2) }) { failing.append($0.key) }
    #expect(failing == ["short", "big", "n"])
    for place in 0..<64 {
      for wrong in ["g", "/", ":", "`", "A", "é"] {
        let text = String(digits.prefix(place)) + wrong + digits.dropFirst(place + wrong.utf8.count)
        var found = 0
        let object = try #require(try document("{\"x\":\"\(text)\"}").root.objectValue)
        object.forEachMember(failing: { $0.isHexadecimal(count: text.utf8.count, $1, $2) }) { _ in found += 1 }
        #expect(found == 1, "\(text)")
      }
    }
  }
}
