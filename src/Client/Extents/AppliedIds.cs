using CubeActors.Protocol;

namespace CubeActors.Client;

/// <summary>Asks replicas how far they have applied the raft log of a partition: data-plane 3.9.</summary>
internal static class AppliedIds
{
    /// <returns>The applied index, or why it is not known.</returns>
    public static async ValueTask<(ulong? Applied, object? Failure)> AskAsync(ClientContext context, PartitionId partition, string host, CancellationToken cancel)
    {
        var request = Requests.AppliedId(partition, RequestIds.Next());
        var number = new byte[NumberBody.OneBytes];
        try
        {
            var expected = new ReplyExpectation(request.Opcode, partition, null, null, request.RequestId, null);
            var reply = await HostCall.AskAsync(context, host, request, null, expected, number, cancel).ConfigureAwait(false);
            return reply.IsOk && NumberBody.TryReadOne(number, out var applied) ? (applied, null) : (null, $"{host}: {reply}");
        }
        catch (ConnectionFailedException e)
        {
            return (null, e);
        }
    }

    /// <summary>The hosts that have applied the most, of those that answered.</summary>
    /// <returns>None if fewer than a majority answered, because the others could all be ahead of them.</returns>
    public static async ValueTask<(string[] Hosts, object? Failure)> FindFurthestAsync(ClientContext context, VolumePartition partition, CancellationToken cancel)
    {
        var answers = await Task.WhenAll(partition.Hosts.Select(host => AskAsync(context, partition.Id, host, cancel).AsTask())).ConfigureAwait(false);
        var failure = answers.Select(answer => answer.Failure).FirstOrDefault(why => why is not null);
        if (answers.Count(answer => answer.Applied is not null) <= partition.Hosts.Length / 2) return ([], failure);
        var most = answers.Max(answer => answer.Applied);
        return ([.. partition.Hosts.Where((_, i) => answers[i].Applied == most)], failure);
    }
}
