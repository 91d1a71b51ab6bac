{{- define "cubeactors.labels" -}}
app.kubernetes.io/name: cubeactors-datanode
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
