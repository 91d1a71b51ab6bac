namespace CubeActors.EndToEnd;

/// <summary>The first thing that anybody tries, with a file that is quickly stored.</summary>
public sealed class QuickstartTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Quickstart_with_a_file_of_ones_own_prints_its_table_and_leaves_the_named_directory()
    {
        var root = Directory.CreateTempSubdirectory("cubeactors-quickstart-test-").FullName;
        try
        {
            var content = Content.Take(20 * MiB);
            var (file, data) = (Path.Combine(root, "film"), Path.Combine(root, "data"));
            await File.WriteAllBytesAsync(file, content);

            await using var run = ProgramRun.Start("quickstart", "quickstart", "--file", file, "--data", data);
            var code = await run.ExitAsync(2 * Eventually.Deadline); // longer than any wait of its own, so that it says itself what is missing
            output.WriteLine(string.Join(Environment.NewLine, run.Output));
            Assert.True(code == 0, run.Describe());
            Assert.Empty(run.Errors);

            var table = run.Output.SkipWhile(line => !line.StartsWith('╭')).ToList();
            string[] rows =
            [
                "read the file", "start the master", "start 3 data nodes", "create a volume", "store the file",
                "read replica 1", "read replica 2", "read replica 3", "remove the file",
            ];
            foreach (var row in rows) Assert.Contains(table, line => line.StartsWith($"│ {row} ", StringComparison.Ordinal));
            var digest = Content.Digest(content)[..12];
            var replicas = run.Output.Where(line => line.StartsWith("read replica ", StringComparison.Ordinal)).ToList();
            Assert.Equal(3, replicas.Count);
            Assert.All(replicas, line => Assert.Contains($"identical, sha256 {digest}", line, StringComparison.Ordinal));

            Assert.Equal(Content.Digest(content), Content.Digest(await File.ReadAllBytesAsync(file)));
            Assert.Equal(
                ["master", "node1", "node2", "node3", "quickstart.conf"],
                Directory.EnumerateFileSystemEntries(data).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            await using var again = ProgramRun.Start("quickstart again", "quickstart", "--file", file, "--data", data);
            Assert.Equal(2, await again.ExitAsync()); // what is in it now is somebody's
            Assert.Contains("is not empty", Assert.Single(again.Errors), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
