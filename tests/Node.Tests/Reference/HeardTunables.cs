using System.Net;
using System.Reflection;

namespace CubeActors.Node.Tests;

/// <summary>What the readers of tunables accept, as they say themselves while they read the defaults.</summary>
internal static class HeardTunables
{
    /// <summary>By key. Every method of <see cref="TunableReader"/> is run, so that a new section is in the reference without being named here.</summary>
    public static IReadOnlyDictionary<string, TunableForm> Forms { get; } = Listen();

    private static Dictionary<string, TunableForm> Listen()
    {
        var heard = new Dictionary<string, TunableForm>(StringComparer.Ordinal);
        var tunables = new Tunables(overlay: null) { Heard = form => heard[form.Key] = form };
        foreach (var read in typeof(TunableReader).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.GetParameters() is [{ } first, ..] && first.ParameterType == typeof(Tunables)))
            read.Invoke(null, [tunables, .. read.GetParameters().Skip(1).Select(Sample)]);
        MasterSettingsReader.Of(tunables);
        return heard;
    }

    /// <summary>What comes from datanode.json in a start; no bound depends on it.</summary>
    private static object? Sample(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(TimeSpan) ? TimeSpan.FromMilliseconds(300)
        : parameter.ParameterType == typeof(IPEndPoint) ? new IPEndPoint(IPAddress.Loopback, 17320)
        : parameter.ParameterType == typeof(HttpSettings) ? SampleConfig.Read().Http
        : parameter.ParameterType == typeof(string) ? ""
        : parameter.HasDefaultValue ? parameter.DefaultValue
        : throw new InvalidOperationException($"{parameter.Member.Name} of TunableReader takes a {parameter.ParameterType.Name}: say here what the reference gives it");
}
