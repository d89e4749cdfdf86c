import Bundles
import Testing

/// The patterns of `.mcpbignore` mean what they mean in `.gitignore`.
@Suite struct IgnoreRulesTests {
  @Test(arguments: [
    ("*.log", "a.log", true), ("*.log", "deep/down/a.log", true), ("*.log", "a.log.txt", false),
    ("/a.log", "a.log", true), ("/a.log", "b/a.log", false), ("a/b", "a/b", true), ("a/b", "x/a/b", false),
    ("**/b", "x/a/b", true), ("a/**", "a/x/y", true), ("a/**", "a", false), ("a/**/z", "a/z", true),
    ("a/**/z", "a/b/c/z", true), ("?.txt", "a.txt", true), ("?.txt", "ab.txt", false), ("a*b*c", "aXbYbZc", true),
    ("a*b*c", "aXbYbZ", false), ("*", "anything", true), ("# a", "# a", false), ("", "a", false),
    ("*.log\n!keep.log", "keep.log", false), ("!keep.log\n*.log", "keep.log", true), ("a.txt  ", "a.txt", true),
    ("a.txt\r\n", "a.txt", true), ("name", "folder/name", true),
  ])
  func `a pattern decides`(patterns: String, path: String, isLeftOut: Bool) {
    #expect(IgnoreRules(patterns).leavesOut(path, isFolder: false) == isLeftOut)
  }

  @Test func `a slash at the end means folders only`() {
    let rules = IgnoreRules("build/")
    #expect(rules.leavesOut("build", isFolder: true))
    #expect(rules.leavesOut("a/build", isFolder: true))
    #expect(!rules.leavesOut("build", isFolder: false))
  }
}
