using System.Reflection;

namespace CubeActors.Pbm;

/// <summary>The version of this program, without the commit.</summary>
internal static class ProgramVersion
{
    public static string Current { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
