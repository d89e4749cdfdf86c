import CFuzzer
import Foundation

let harness = try Harness.shared.get()
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--write-corpus" {
  try harness.writeCorpus(to: URL(filePath: CommandLine.arguments[2]))
} else {
  var count = CommandLine.argc
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
  exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, size in
      try? Harness.shared.get().run(Array(UnsafeBufferPointer(start: data, count: size)))
      return 0
    })
}
