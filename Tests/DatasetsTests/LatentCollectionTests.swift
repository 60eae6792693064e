import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Folders of latents") struct LatentCollectionTests {
    /// Normal numbers [12, 4, 8, 8], those of mirrored images, and labels 0, 1, 2 in turn.
    private let latents = Tensor.randn([12, 4, 8, 8], using: RandomSource(Seed(1)))
    private let mirrored = Tensor.randn([12, 4, 8, 8], using: RandomSource(Seed(2)))
    private let labels = (0..<12).map { $0 % 3 }

    private func array(_ tensor: Tensor) -> NumpyArray {
        NumpyArray(tensor.scalars(as: Float.self), shape: tensor.shape)
    }

    private func make(_ folder: URL) throws -> URL {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Three shards of 5, 5 and 2, as LightningDiT writes them.
    private func writeShards(in folder: URL) throws {
        for (index, range) in [0..<5, 5..<10, 10..<12].enumerated() {
            try SafetensorsFile.write(
                [
                    ("latents", latents.slice(0, range.lowerBound, range.upperBound)),
                    ("latents_flip", mirrored.slice(0, range.lowerBound, range.upperBound)),
                    ("labels", Tensor(Array(labels[range]))),
                ], to: folder.appending(path: "latents_rank00_shard00\(index).safetensors"))
        }
    }

    @Test("shards are one data set, in memory and read piece by piece; mirrored latents follow")
    func shards() throws {
        try withTemporaryFolder { url in
            let folder = try make(url.appending(path: "shards"))
            try writeShards(in: folder)
            try Data("statistics".utf8).write(to: folder.appending(path: "latents_stats.pt"))
            let plain = try LatentCollection(folder)
            let both = try LatentCollection(folder, mirrored: true)
            #expect(plain.count == 12 && both.count == 24 && plain.shape == [4, 8, 8] && !plain.holdsMoments)
            #expect(plain.labels == labels && both.labels == labels + labels && plain.classNames == ["0", "1", "2"])
            let expected = Tensor.cat([latents, mirrored])
            let indices = [23, 0, 4, 5, 11, 12, 5]
            for data in [both as any Dataset, try both.ready(), try both.ready(inMemoryUpTo: 100)] {
                let read = try data.examples(at: indices)
                assertEqual(read.values, expected.indexSelect(0, Tensor(indices)))
                #expect(read.labels?.scalars(as: Int.self) == indices.map { labels[$0 % 12] })
            }
            #expect(try both.ready() is TensorDataset)
            #expect(try both.ready(inMemoryUpTo: 100) is LatentCollection)
            assertEqual(try both.inMemory().values, expected)
        }
    }

    @Test("a file of moments for each image in a folder per class, as MAR keeps them")
    func moments() throws {
        try withTemporaryFolder { url in
            let moments = Tensor.cat([latents, mirrored], 1)
            for (index, name) in ["b", "a", "b", "c"].enumerated() {
                let folder = try make(url.appending(path: "train/\(name)"))
                try NumpyArchive(["moments": array(moments[index]), "moments_flip": array(moments[index + 4])])
                    .write(to: folder.appending(path: "image\(index).JPEG.npz"))
            }
            for data in [try LatentCollection(url, split: .train, mirrored: true), try LatentCollection(url)] {
                #expect(data.classNames == ["a", "b", "c"] && data.holdsMoments && data.shape == [8, 8, 8])
                #expect(data.labels?.prefix(4) == [0, 1, 1, 2])
                assertEqual(
                    try data.ready(inMemoryUpTo: 0).examples(at: [0, 1, 2, 3]).values,
                    moments.indexSelect(0, Tensor([1, 0, 2, 3])))
                if data.count == 8 { assertEqual(try data.example(at: 5), moments[4]) }
            }
            let reference = try DataReference(parsing: url.path).open()
            #expect(reference.count == 4 && reference.classNames == ["a", "b", "c"])
        }
    }

    @Test("single files of every form: .npy of one image, half precision, shards and single files together")
    func forms() throws {
        try withTemporaryFolder { url in
            let folder = try make(url.appending(path: "data"))
            try array(latents[0]).write(to: folder.appending(path: "0.npy"))
            try array(latents.slice(0, 1, 2)).write(to: folder.appending(path: "1.npy"))
            try SafetensorsFile.write(
                [("latents", latents[2].to(.float16))], to: folder.appending(path: "2.safetensors"))
            try SafetensorsFile.write(
                [("latents", latents.slice(0, 3, 12))], to: folder.appending(path: "3.safetensors"))
            let data = try LatentCollection(folder)
            #expect(data.count == 12 && data.labels == nil && data.classNames.isEmpty)
            let read = try data.ready(inMemoryUpTo: 0).examples(at: Array(0..<12))
            assertClose(read.values, latents, absolute: 2e-3)
            assertEqual(read.values.slice(0, 3, 12), latents.slice(0, 3, 12))
            assertEqual(read.values[2], latents[2].to(.float16).to(.float32))
        }
    }

    private func refused(_ folder: URL, mirrored: Bool = false, _ fragments: String...) throws {
        let error = #expect(throws: (any Error).self) {
            let data = try LatentCollection(folder, mirrored: mirrored).ready(inMemoryUpTo: 0)
            _ = try data.examples(at: [0, data.count - 1])
        }
        let text = error.map { "\($0)" } ?? ""
        for fragment in fragments { #expect(text.contains(fragment), "'\(fragment)' is not in: \(text)") }
    }

    @Test("what does not fit together is refused, with the names of the files")
    func mistakes() throws {
        try withTemporaryFolder { url in
            var number = 0
            func folder(_ files: [String: [(String, Tensor)]]) throws -> URL {
                number += 1
                let folder = try make(url.appending(path: "\(number)"))
                for (name, tensors) in files {
                    let file = folder.appending(path: name)
                    _ = try make(file.deletingLastPathComponent())
                    try SafetensorsFile.write(tensors, to: file)
                }
                return folder
            }
            try refused(url.appending(path: "none"), "no such file or folder")
            try refused(try folder([:]), "no latents in", "It is empty")
            let pickles = try folder([:])
            try Data([1]).write(to: pickles.appending(path: "a.pt"))
            try refused(pickles, "It holds 1 .pt file")
            let (one, two) = (latents.slice(0, 0, 4), latents.slice(0, 0, 4).slice(3, 0, 4))
            try refused(
                try folder(["a.safetensors": [("latents", one)], "b.safetensors": [("latents", two)]]),
                "b.safetensors holds latents [4, 8, 4], but a.safetensors holds latents [4, 8, 8]")
            try refused(
                try folder(["a.safetensors": [("latents", one)], "b.safetensors": [("moments", one)]]),
                "b.safetensors holds moments")
            let some = Tensor([0, 1, 2, 3])
            try refused(
                try folder([
                    "a.safetensors": [("latents", one)],
                    "b.safetensors": [("latents", one), ("labels", some)],
                ]), "b.safetensors has labels, a.safetensors has none")
            try refused(
                try folder(["x/a.safetensors": [("latents", one)], "b.safetensors": [("latents", one)]]),
                "b.safetensors lies beside the folders of the classes")
            try refused(
                try folder(["a.safetensors": [("latents", one)]]), mirrored: true, "a.safetensors", "`latents_flip`")
            try refused(
                try folder(["a.safetensors": [("latents", one), ("latents_flip", two)]]), "the mirrored ones")
            try refused(
                try folder(["a.safetensors": [("moments", one.slice(1, 0, 3))]]), "an odd number of channels")
            try refused(
                try folder(["a.safetensors": [("latents", one * Double.nan)]]), "a.safetensors", "infinite or NaN")
            // A large file that can only be read as a whole.
            let whole = try make(url.appending(path: "whole"))
            try array(latents).write(to: whole.appending(path: "a.npy"))
            try refused(whole, "a.npy", "Write .safetensors files")
            // A file that has gone, or was cut, since the folder was opened.
            let (first, second) = ([("latents", latents[0])], [("latents", latents[1])])
            let gone = try folder(["a.safetensors": first, "b.safetensors": second])
            let opened = try LatentCollection(gone)
            try FileManager.default.removeItem(at: gone.appending(path: "b.safetensors"))
            let error = #expect(throws: (any Error).self) { try opened.examples(at: [0, 1]) }
            #expect(error.map { "\($0)".contains("b.safetensors") } == true)
        }
    }
}
