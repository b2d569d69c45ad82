{{- define "claire.name" -}}
{{- if contains "claire" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-claire" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "claire.selector" -}}
app.kubernetes.io/name: claire
app.kubernetes.io/component: operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "claire.labels" -}}
{{ include "claire.selector" . }}
app.kubernetes.io/part-of: claire
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "claire.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "claire.name" .) }}
{{- end }}

{{- define "claire.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{/* The namespaces that are watched, as a JSON list; empty for all. */}}
{{- define "claire.namespaces" -}}
{{- if .Values.watch.allNamespaces }}[]{{ else }}{{ .Values.watch.namespaces | default (list .Release.Namespace) | uniq | toJson }}{{ end }}
{{- end }}

{{/* What the operator may do in a namespace with bots. No list or watch of Secrets, no exec, nothing that grants rights. */}}
{{- define "claire.rules" -}}
{{ .Files.Get "files/operator-bot-rules.yaml" }}
{{- end }}
