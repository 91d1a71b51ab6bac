using System.Text.Json;

namespace CubeActors.EndToEnd;

/// <summary>Who leads a raft group, and who is to, through the operators' port of running nodes. Without pbm: what is asked again and again should not take a process each time.</summary>
internal static class Leadership
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>The value of an operator's path.</summary>
    public static async Task<JsonElement> OperateAsync(this NodePlace node, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, new Uri($"http://{node.Probes}/cubeactors/{path}"));
        using var reply = await Http.SendAsync(request);
        using var document = JsonDocument.Parse(await reply.Content.ReadAsStringAsync());
        return document.RootElement.GetProperty("data").Clone();
    }

    public static async Task<string?> RoleAsync(this NodePlace node, ulong partition) => (await node.OperateAsync(HttpMethod.Get, $"raft/{partition}")).GetProperty("role").GetString();

    /// <summary>Has a node lead a group. Whoever leads may be another one by the time that it is asked: then it is asked again.</summary>
    public static Task LeadAsync(this ClusterProcesses cluster, NodePlace node, ulong partition) => Eventually.TrueAsync(
        $"{node.Address} leads the group of partition {partition}",
        async () =>
        {
            if (await node.RoleAsync(partition) == "Leader") return true;
            foreach (var other in cluster.Nodes.Where(other => other != node))
                if (await other.RoleAsync(partition) == "Leader") await other.OperateAsync(HttpMethod.Post, $"raft/{partition}/transfer?to={node.Address}");
            return false;
        },
        cluster.Describe);
}
