import StrictJSON
import Testing

@Suite("Objects")
struct ObjectTests {
  @Test func `members keep their order and are found by key`() {
    var object = JSON.Object([("b", 1), ("a", 2), ("b", 3)])
    #expect(object.keys == ["b", "a"])
    #expect(object["b"] == 3)
    object["c"] = "x"
    object["a"] = nil
    #expect(object.keys == ["b", "c"])
    #expect(object.remove("zzz") == nil)
    #expect(object.sortedByKey().keys == ["b", "c"])
  }

  @Test func `large objects behave like small ones`() {
    var object = JSON.Object()
    for number in (0..<100).reversed() { object.set("k\(number)", .int(number)) }
    #expect(object.count == 100)
    #expect(object["k42"] == 42)
    object["k42"] = nil
    object["k43"] = "new"
    #expect(object["k42"] == nil)
    #expect(object["k43"] == "new")
    #expect(object["k0"] == 0)
    for number in 0..<95 { object.remove("k\(number)") }
    #expect(object.keys == ["k99", "k98", "k97", "k96", "k95"])
    #expect(object["k97"] == 97)
  }

  @Test func `order does not matter to equality and hash`() {
    let one: JSON = ["a": 1, "b": ["c": 2, "d": 3]]
    let other: JSON = ["b": ["d": 3, "c": 2], "a": 1]
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(one != ["a": 1, "b": ["c": 2, "d": 4]])
    #expect(one != ["a": 1])
  }

  @Test func `exact strings order by bytes`() {
    #expect(ExactString("Z") < ExactString("a"))
    #expect(ExactString("a") < ExactString("aa"))
    #expect(ExactString("\u{FF5E}") < ExactString("\u{1F600}"))
    #expect(ExactString("\u{E9}") != ExactString("e\u{301}"))
  }
}
