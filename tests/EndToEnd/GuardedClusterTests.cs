using System.Runtime.Versioning;
using System.Text.Json;
using CubeActors.Node.Tests;

namespace CubeActors.EndToEnd;

/// <summary>Goal: everything that guards a node may be on at once, and the cluster works. Method: three nodes with a token for reads too, TLS, sources enforced and the log in JSON; orders by pbm over TLS.</summary>
[SupportedOSPlatform("linux")]
public sealed class GuardedClusterTests(ITestOutputHelper output)
{
    /// <summary>Source: docs/pbm.md, exit codes.</summary>
    private const int Success = 0, Refused = 1, Unreachable = 3;

    private const int TlsPort = 17321;
    private const string FirstToken = "the first token 0123456789", SecondToken = "the second token 0123456789";

    [Fact]
    public async Task A_cluster_with_every_guard_serves_and_obeys_who_knows_the_token()
    {
        using var authority = new TestAuthority();
        var tokenFile = authority.PathOf("token");
        await File.WriteAllTextAsync(tokenFile, FirstToken);
        File.SetUnixFileMode(tokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var cluster = await ClusterProcesses.StartAsync(output, prepare: made =>
        {
            foreach (var node in made.Nodes)
            {
                var (certificate, key) = authority.Issue(address: node.Ip, file: $"{node.Ip}");
                node.WriteTunables(
                    $$"""
                    cubeactors.admin-source-check = enforce
                    cubeactors.log.format = json
                    cubeactors.http { token-file = "{{tokenFile}}", token-for-reads = on, tls { certificate = "{{certificate}}", key = "{{key}}", port = {{TlsPort}} } }
                    """);
            }
        });
        await cluster.CreateVolumeAsync(partitions: 1, replicas: 3); // tasks of the master, and members that talk to each other
        var node = cluster.Nodes[0];
        string[] tls = [$"https://{node.Ip}:{TlsPort}", "--ca", authority.CaFile, "--token-file", tokenFile];

        Assert.Equal(Success, await CodeAsync([.. tls, "node", "phase", "--ready"]));
        Assert.Equal(Success, await CodeAsync([.. tls, "log", "level", "warn"]));
        Assert.Equal(Refused, await CodeAsync([tls[0], "--ca", authority.CaFile, "log", "level", "info"])); // no token
        Assert.Equal(Refused, await CodeAsync([$"{node.Probes}", "node", "phase"]));
        Assert.Equal(Unreachable, await CodeAsync([tls[0], "--token-file", tokenFile, "node", "phase"])); // whose certificate?
        Assert.Equal(200, (await node.ReadyAsync())?.Code);

        await File.WriteAllTextAsync(tokenFile, SecondToken);
        await Eventually.TrueAsync("the new token is taken", async () => await CodeAsync([.. tls, "log", "level", "info"]) == Success, cluster.Describe); // read anew
        Assert.Equal(Refused, await CodeAsync([tls[0], "--ca", authority.CaFile, "--token", FirstToken, "log", "level", "info"]));

        Assert.Contains("cubeactors_admin_source_unexpected_total{opcode=\"OpCreateDataPartition\"} 0", (await node.AskAsync("/metrics"))?.Body, StringComparison.Ordinal);
        cluster.AssertNothingUnforeseen();
        var lines = cluster.RunOf(node).Errors;
        Assert.Contains(lines, line => Field(line, "partition") is { ValueKind: JsonValueKind.Number }); // each is an object
        foreach (var line in lines)
            foreach (var token in (string[])[FirstToken, SecondToken]) Assert.DoesNotContain(token, line, StringComparison.Ordinal);
    }

    private static JsonElement? Field(string line, string name)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.TryGetProperty(name, out var value) ? value.Clone() : null;
    }

    private static async Task<int> CodeAsync(IEnumerable<string> arguments)
    {
        await using var run = ProgramRun.StartPbm([.. arguments, "--timeout", "20"]);
        return await run.ExitAsync();
    }
}
