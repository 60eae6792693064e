import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Inspection of data", .serialized)
struct InspectTests {
    private func png(_ shade: UInt8, _ path: String, in folder: URL) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Image8(width: 8, height: 8, channels: 3, shade: shade).writePNG(to: file)
    }

    private struct Facts: Decodable {
        let count: Int
        let part: String?
        let shape: [Int]
        let means: [Double]
        let remarks: [String]
    }

    private func facts(_ source: String, in folder: URL) throws -> Facts {
        let outcome = try Program.run("data", "inspect", source, "--json", "-", in: folder)
        outcome.expectSuccess()
        return try JSONDecoder().decode(Facts.self, from: Data(outcome.output.utf8))
    }

    @Test("points, toys, latents, samples and images in folders with colons, by endings in any case")
    func kinds() throws {
        try withTemporaryFolder { folder in
            try png(10, "runs/12:30/photos/a/1.PNG", in: folder)
            #expect(try facts("runs/12:30/photos", in: folder).means == [10, 10, 10])
            let points = NumpyArray([1.0, 2, 3, 4], shape: [2, 2])
            try NumpyArchive(["points": points]).write(to: folder.appending(path: "p.NPZ"))
            #expect(try facts("p.NPZ", in: folder).means == [2, 3])
            try points.write(to: folder.appending(path: "p.npy"))
            #expect(try facts("p.npy", in: folder).shape == [2])
            let latents = NumpyArray([Float](repeating: 3, count: 32), shape: [2, 1, 4, 4])
            try NumpyArchive(["latents": latents]).write(to: folder.appending(path: "l.npz"))
            #expect(try facts("l.npz", in: folder).shape == [1, 4, 4])
            try NumpyArchive(["arr_0": NumpyArray([UInt8](repeating: 7, count: 48), shape: [1, 4, 4, 3])])
                .write(to: folder.appending(path: "s.npz"))
            #expect(try facts("s.npz", in: folder).means == [7, 7, 7])
            #expect(try facts("two_modes", in: folder).count == 20_000)
        }
    }

    @Test("one example is not many, parts are said, and remarks are told")
    func text() throws {
        try withTemporaryFolder { folder in
            try png(10, "photos/train/a/1.png", in: folder)
            try png(20, "photos/val/b/1.png", in: folder)
            let outcome = try Program.run("data", "inspect", "photos:val", in: folder)
            outcome.expectSuccess()
            #expect(outcome.output.hasPrefix("1 example of 3 x 8 x 8, part val\n"), "\(outcome.output)")
            #expect(outcome.output.contains("Classes without examples in the part val, 1 of 2: a."))
            try Program.run("data", "inspect", "photos:test", in: folder)
                .expectRefusal("has no part 'test': there is :train and :val")
            try Program.run("data", "inspect", "fasion-mnist", in: folder).expectRefusal(
                "Did you mean 'fashion-mnist'?")
        }
    }

    @Test("all parts together are called that; empty classes are counted, not listed; other sizes are no damage")
    func parts() throws {
        try withTemporaryFolder { folder in
            try png(10, "photos/train/a/1.png", in: folder)
            try png(20, "photos/val/b/1.png", in: folder)
            let all = try Program.run("data", "inspect", "photos", in: folder)
            all.expectSuccess()
            #expect(all.output.hasPrefix("2 examples of 3 x 8 x 8, all parts: train, val\n"), "\(all.output)")
            let part = try Program.run("data", "inspect", "photos:val", in: folder)
            #expect(part.output.contains("2 classes, 1 of them empty\n  b  1\n"), "\(part.output)")
            try Image8(width: 9, height: 8, channels: 3, shade: 3)
                .writePNG(to: folder.appending(path: "photos/train/a/2.png"))
            try Data("no image".utf8).write(to: folder.appending(path: "photos/train/a/3.png"))
            let odd = try Program.run("data", "inspect", "photos:train", in: folder)
            #expect(odd.status == 1)
            #expect(odd.output.contains("1 file cannot be read:\n  "), "\(odd.output)")
            #expect(odd.output.contains("1 file can be read, but not beside the others as they are:"), "\(odd.output)")
        }
    }

    @Test("a point far outside is told, and arrays that are neither points nor latents are called neither")
    func points() throws {
        try withTemporaryFolder { folder in
            func write(_ values: [Float], _ shape: [Int], _ name: String) throws {
                try NumpyArray(values, shape: shape).write(to: folder.appending(path: name))
            }
            var values = (0..<200).map { Float($0 % 13) }
            try write(values, [100, 2], "plain.npy")
            #expect(try facts("plain.npy", in: folder).remarks.isEmpty)
            values[7] = 1e30
            try write(values, [100, 2], "far.npy")
            let remark = try #require(facts("far.npy", in: folder).remarks.first)
            #expect(remark.hasPrefix("1 of 100 points lies a million times further out"), "\(remark)")
            #expect(remark.contains("point 3, counted from 0, with 1e+30"), "\(remark)")
            try write(values, [200], "flat.npy")
            try Program.run("data", "inspect", "flat.npy", in: folder).expectRefusal(
                "the shape [200] is neither points [N, D], nor latents", "[N, 1]")
            try FileManager.default.createDirectory(
                at: folder.appending(path: "folder"), withIntermediateDirectories: true)
            try write(values, [100, 2], "folder/points.npy")
            try Program.run("data", "inspect", "folder", in: folder).expectRefusal(
                "Folders are read as latents; points and samples lie in a single file")
        }
    }

    @Test("large images are read one at a time, and a limit of memory ends in a message")
    func memory() throws {
        try withTemporaryFolder { folder in
            let large = Image8(width: 4000, height: 3000, channels: 3, shade: 100).jpegData()
            for index in 0..<3 {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: "photos"), withIntermediateDirectories: true)
                try Data(large).write(to: folder.appending(path: "photos/\(index).jpg"))
            }
            let outcome = try Program.run("data", "inspect", "photos", "--sheet", "sheet.png", in: folder)
            outcome.expectSuccess()
            let sheet = try Image8(contentsOf: folder.appending(path: "sheet.png"))
            #expect(sheet.width <= 2 * 258 + 2)
        }
    }

    @Test("training tells what inspection remarks")
    func training() throws {
        try withTemporaryFolder { folder in
            for index in 0..<8 { try png(UInt8(index), "photos/train/a/\(index).png", in: folder) }
            try png(0, "photos/test/b/1.png", in: folder)
            try Data("RIFF0000WEBPVP8 ".utf8).write(to: folder.appending(path: "photos/train/a/x.webp"))
            let yaml = """
                data: {name: images, path: photos, size: 8}
                network: {name: unet, width: 8, multipliers: [1], blocks: 1}
                method: {name: flow, batch: 4}
                training: {steps: 1, warmup_steps: 1}
                """
            try Data(yaml.utf8).write(to: folder.appending(path: "flow.yaml"))
            let remarks = try facts("photos:train", in: folder).remarks
            #expect(remarks.count == 2)
            let outcome = try Program.run("train", "--config", "flow.yaml", "--run", "run", in: folder)
            for remark in remarks {
                #expect((outcome.output + outcome.errors).contains(remark), "\(outcome.errors)")
            }
        }
    }
}
